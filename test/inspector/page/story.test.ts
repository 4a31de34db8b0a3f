import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CallbackRow, MemberAnswer, RecordRow } from '../../../src/inspector/api-types.ts';
import { lifeOf } from '../../../src/inspector/page/pictures/life.ts';
import { publishedOf } from '../../../src/inspector/page/pictures/published.ts';
import { lanesOf, storyOf } from '../../../src/inspector/page/pictures/story.ts';
import { runs } from '../../support/property-runs.ts';
import { detail, outcomes, row } from './rows.ts';

const NOW = Date.parse('2026-11-25T21:30:00.000Z');
const HOUR = 3_600_000;
const iso = (hoursAgo: number) => new Date(NOW - hoursAgo * HOUR).toISOString();

function record(made: number, ends: number): RecordRow {
  return {
    idempotency_key: `workos-jti:${made}`,
    subject: 'user_1',
    issuer: 'https://api.workos.com',
    member_id: 'mem_1',
    outcome: 'seen',
    status: 200,
    body_sha256: null,
    key_public_id: null,
    created_at: iso(made),
    expires_at: iso(ends),
    expired: ends > 0,
  };
}

function member(callbacks: readonly CallbackRow[], records: readonly RecordRow[] = []): MemberAnswer {
  return {
    schema_version: 1,
    workspace: { id: 'w', name: 'w', contact_email: null },
    workspace_member: {
      id: 'mem_1',
      email: 'b@c.d',
      workos_user_id: 'user_1',
      created_at: iso(60),
      last_seen_at: iso(0),
    },
    scopes: [],
    addresses: [
      { email: 'a@b.c', since: iso(60), exact: true, request_id: null },
      { email: 'b@c.d', since: iso(30), exact: true, request_id: null },
    ],
    workos_user: null,
    api_keys: [
      {
        ...{ id: 'key_1', workspace_id: 'w', name: 'default', public_id: 'P', scopes: [], revoked: false },
        ...{ revoked_at: null, created_at: iso(60), last_used_at: iso(1) },
      },
    ],
    provisioned: null,
    sessions: [],
    callbacks,
    claimed_callbacks: [],
    records,
    page_info: { has_more: false },
    signing_keys: [
      { kid: 'of old', created_at: iso(900), retired_at: iso(800), newest: false },
      { kid: 'older', created_at: iso(100), retired_at: iso(20), newest: false },
      { kid: 'newest', created_at: iso(31), retired_at: null, newest: true },
    ],
  };
}

const callback = (hoursAgo: number, session: string, given: Partial<CallbackRow> = {}) =>
  row({ id: Math.round(1e6 - hoursAgo * 1000), at: iso(hoursAgo), session_id: session, ...given });

describe('the story of a member', () => {
  test('has a lane a session, folds the nights, and leaves out signing keys of before', () => {
    const story = storyOf(
      member([callback(60, 'A'), callback(59.5, 'A'), callback(30, 'B'), callback(1, 'C')]),
      NOW,
      900,
    );
    expect(story.sessions.map(({ id, dots }) => [id, dots.length])).toEqual([
      ['A', 2],
      ['B', 1],
      ['C', 1],
    ]);
    expect(new Set(story.sessions.map(({ y }) => y)).size).toBe(3);
    expect(story.axis.folds).toHaveLength(2);
    expect(story.signing.map(({ kid }) => kid)).toEqual(['older', 'newest']);
    expect(story.addresses.map(({ x1, x2 }) => x2 > x1)).toEqual([true, true]);
    expect(story.addresses[1]?.x1).toBe(story.addresses[0]?.x2);
  });

  test('shows each callback once, in the order of time, and no bar over another of its lane', () => {
    const histories = fc.array(
      fc.record({
        hoursAgo: fc.double({ min: 0, max: 2000, noNaN: true }),
        session: fc.constantFrom(...'ABCDEFGHIJKL'),
        outcome: outcomes,
      }),
      { maxLength: 80 },
    );
    const records = fc.array(
      fc.tuple(fc.double({ min: 0, max: 300, noNaN: true }), fc.double({ min: 0.1, max: 48, noNaN: true })),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(histories, records, fc.integer({ min: 480, max: 1600 }), (history, made, width) => {
        const rows = history
          .map(({ hoursAgo, session, outcome }, index) => callback(hoursAgo, session, { outcome, id: index }))
          .sort((a, b) => a.at.localeCompare(b.at));
        const kept = made
          .map(([from, long]) => record(from, from - long))
          .sort((a, b) => b.created_at.localeCompare(a.created_at));
        const story = storyOf(member(rows, kept), NOW, width);
        const dots = story.sessions.flatMap((session) => session.dots);
        expect(dots.map((dot) => dot.row.id).sort()).toEqual(rows.map(({ id }) => id).sort());
        for (const session of story.sessions)
          session.dots.forEach(({ x }, index) => {
            expect(x).toBeGreaterThanOrEqual((session.dots[index - 1]?.x ?? 0) - 1e-6);
            expect(x).toBeLessThanOrEqual(width);
          });
        for (const [, bars] of Map.groupBy(story.records, ({ y }) => y)) {
          const sorted = [...bars].sort((a, b) => a.x1 - b.x1);
          sorted.forEach(
            ({ x1 }, index) => void expect(x1).toBeGreaterThanOrEqual((sorted[index - 1]?.x2 ?? 0) - 1e-6),
          );
        }
        expect(story.records).toHaveLength(kept.length);
      }),
      runs(100),
    );
  });

  test('takes the first lane that is free, and the last one where none is', () => {
    expect(
      lanesOf(
        [
          [0, 10],
          [5, 20],
          [10, 30],
          [12, 14],
        ],
        3,
      ),
    ).toEqual([0, 1, 0, 2]);
    expect(
      lanesOf(
        [
          [0, 10],
          [1, 10],
          [2, 10],
        ],
        2,
      ),
    ).toEqual([0, 1, 1]);
  });
});

describe('the life of a record', () => {
  const withExp = { ...row({ at: iso(0.01) }), detail: detail({ claims: { exp: Math.floor(NOW / 1000) + 240 } }) };

  test('breaks its axis where the record lives much longer than the token', () => {
    const life = lifeOf(record(0.05, -23.95), [withExp], NOW, 500);
    expect(life.broken).toBe(100);
    expect(life.token).toEqual({ x1: 0, x2: 100 });
    expect(life.now).toBeGreaterThan(0);
    expect(life.now).toBeLessThan(100);
    expect(lifeOf(record(0.05, -0.1), [withExp], NOW, 500).broken).toBeNull();
  });

  test('knows no token without details, and stays inside its picture', () => {
    expect(lifeOf(record(48, 24), [{ ...row({ at: iso(47) }), detail: null }], NOW, 500)).toMatchObject({
      token: null,
      now: 500,
    });
    const hours = fc.double({ min: -100, max: 100, noNaN: true });
    fc.assert(
      fc.property(hours, hours, fc.array(hours, { maxLength: 20 }), (made, ends, came) => {
        const callbacks = came.map((at) => ({ ...withExp, at: iso(at) }));
        const life = lifeOf(record(made, ends), callbacks, NOW, 500);
        for (const x of [...life.dots, life.now, ...life.marks.map((mark) => mark.x)])
          expect(x >= 0 && x <= 500).toBe(true);
        expect(life.dots).toHaveLength(callbacks.length);
        life.marks.forEach(
          ({ x }, index) =>
            void (index > 0 && expect(x).toBeGreaterThanOrEqual((life.marks[index - 1]?.x ?? 0) + 1e-9)),
        );
      }),
      runs(100),
    );
  });
});

test('a signing key is a bar from its publication to its end', () => {
  const { bars } = publishedOf(member([]).signing_keys, NOW, 900);
  expect(bars.map(({ key, x1, x2 }) => [key.kid, Math.round(x1), Math.round(x2)])).toEqual([
    ['of old', 0, 100],
    ['older', 800, 880],
    ['newest', 869, 900],
  ]);
  expect(publishedOf([], NOW, 900).bars).toEqual([]);
});

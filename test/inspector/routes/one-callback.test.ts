/** One callback and one key, as the page is told them. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CallbackAnswer, RecordAnswer } from '../../../src/inspector/api-types.ts';
import { agentPaste } from '../../support/binary.ts';
import { type OpenedInspector, openedInspector } from '../web/opened.ts';

let inspector: OpenedInspector;
let token: string;
let bytes: string;

beforeAll(async () => {
  inspector = await openedInspector(['--hold', 'before-commit=300ms']);
  token = await inspector.mint('--email', 'ada@example.com', '--jti', 'jti_race', '--sid', 'session_race');
  const burst = Array.from({ length: 5 }, async () => (await inspector.post(token)).text());
  [bytes = ''] = await Promise.all(burst);
  await (await inspector.post(token, { 'x-request-id': 'request_later' })).text();
  const expired = await inspector.mint('--email', 'ada@example.com', '--fault', 'expired');
  await inspector.post(expired, { 'x-request-id': 'request_expired' });
  await inspector.written(7);
});
afterAll(() => inspector[Symbol.asyncDispose]());

const one = (id: string): Promise<CallbackAnswer> => inspector.json(`/api/callbacks/${encodeURIComponent(id)}`);
const raceOf = (query = ''): Promise<RecordAnswer> =>
  inspector.json(`/api/records/one?key=workos-jti:jti_race${query}`);

describe('the record of a burst', () => {
  test('has every callback with its detail, one leader, and one answer', async () => {
    const { callbacks, record, verdict, workspace_member, shared_with } = await raceOf();
    expect(callbacks.map(({ outcome }) => outcome).sort()).toEqual(['provisioned', ...Array(5).fill('replayed')]);
    const leader = callbacks.find(({ outcome }) => outcome === 'provisioned');
    expect(callbacks.filter(({ detail }) => detail?.leader === leader?.request_id)).toHaveLength(4);
    expect(verdict).toEqual({
      callbacks: 6,
      compared: 6,
      answers: 1,
      equal: true,
      sentence: `6 callbacks, 1 answer: one provisioned, four waited for it, one came later: all six got the same ${Buffer.byteLength(bytes)} bytes`,
    });
    expect(record?.body_sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect(workspace_member?.email).toBe('ada@example.com');
    expect(shared_with).toEqual([]);
  });

  test('is found by subject and issuer, and by no other', async () => {
    const { subject, issuer } = await raceOf();
    const named = `&subject=${subject}&issuer=${encodeURIComponent(String(issuer))}`;
    expect((await raceOf(named)).callbacks).toHaveLength(6);
    expect(await raceOf('&subject=user_other')).toMatchObject({ error: { code: 'not_found' } });
  });
});

describe('one callback', () => {
  test('has its neighbours of the key, record, member and commands', async () => {
    const answer = await one('request_later');
    expect(answer.callbacks).toHaveLength(1);
    expect(answer.neighbours.of_key).toHaveLength(6);
    expect(answer.neighbours.previous).toBe(answer.neighbours.of_key[4]?.request_id);
    expect(answer.neighbours.next).toBeNull();
    expect(answer.record?.idempotency_key).toBe('workos-jti:jti_race');
    expect(answer.workspace_member?.email).toBe('ada@example.com');
    expect(answer.explanation).toEqual({ sentence: expect.stringMatching(/^Replayed: /), advice: [] });
  });

  test('has advice about its very token where it was refused', async () => {
    const { explanation, callbacks, verdict, record } = await one('request_expired');
    expect(explanation.sentence).toBe('Refused: the token has expired.');
    expect(explanation.advice[0]).toMatch(/^It was valid until /);
    expect(callbacks[0]?.detail?.checks.find(({ result }) => result === 'failed')).toMatchObject({ name: 'lifetime' });
    expect({ verdict, record }).toEqual({ verdict: null, record: null });
  });

  test('is found by the beginning of its id', async () => {
    expect((await one('request_la')).callbacks[0]?.request_id).toBe('request_later');
    expect(await one('request_')).toMatchObject({
      error: { code: 'invalid_request' },
      candidates: ['request_expired', 'request_later'],
    });
    expect(await one('request_latre')).toMatchObject({
      error: { code: 'not_found' },
      candidates: ['request_later', 'request_expired'],
    });
  });

  test('has commands that run as pasted', async () => {
    const { commands } = await one('request_later');
    const words = (line: string | null) => (line ?? '').split(' ').slice(1);
    expect((await agentPaste(words(commands.inspect))).stdout).toContain('request_later');
    expect((await agentPaste(words(commands.explain))).code).toBe(0);
    expect(commands.curl).toMatch(
      /^curl -X POST http:\/\/\S+ -H "Authorization: Bearer \$\(agent-paste mint .*--email ada@example\.com\)"$/,
    );
  });
});

test('the list has filters, pages and times', async () => {
  const list = async (query: string) => {
    const { items } = await inspector.json(`/api/callbacks?${query}`);
    return items.map(({ outcome }: { outcome: string }) => outcome);
  };
  expect(await list('outcome=refused')).toEqual(['refused']);
  expect(await list('outcome=refused,provisioned')).toEqual(['refused', 'provisioned']);
  expect(await list('reason=expired')).toEqual(['refused']);
  expect(await list('email=ADA@example.com&limit=2')).toEqual(['replayed', 'replayed']);
  expect(await list('since=1h')).toHaveLength(7);
  expect(await list('until=1h')).toEqual([]);
  const { page_info } = await inspector.json('/api/callbacks?limit=6');
  expect(page_info.has_more).toBe(true);
  expect(await list(`limit=6&cursor=${page_info.next_cursor}`)).toHaveLength(1);
});

test('counters count by outcome, reason and time, and go on from there', async () => {
  const before = await inspector.json('/api/counters?bins=4');
  expect(before).toMatchObject({
    callbacks: 7,
    complete: true,
    outcomes: { provisioned: 1, replayed: 5, refused: 1 },
    reasons: [{ reason: 'expired', callbacks: 1, request_id: 'request_expired', remedy: expect.any(String) }],
  });
  const binned = before.bins.flatMap(({ counts }: { counts: Record<string, number> }) => Object.values(counts));
  expect(before.bins).toHaveLength(4);
  expect(binned.reduce((sum: number, count: number) => sum + count, 0)).toBe(7);
  await inspector.post('x');
  await inspector.written(8);
  expect(await inspector.json('/api/counters?since=1h')).toMatchObject({ callbacks: 8, outcomes: { refused: 2 } });
});

test('members, keys and the search lead to what is there', async () => {
  const { items } = await inspector.json('/api/members');
  const [{ id }] = items;
  const member = await inspector.json(`/api/members/${id}`);
  expect(member).toMatchObject({
    workspace_member: { id, email: 'ada@example.com' },
    api_keys: [{ revoked: false }],
    sessions: [{ session_id: 'session_race' }, { callbacks: 1 }],
    signing_keys: [{ newest: true, retired_at: null }],
  });
  const { keys, unknown } = await inspector.json('/api/signing-keys');
  expect(keys).toEqual([expect.objectContaining({ newest: true, tokens: 7 })]);
  expect(unknown).toEqual([]);
  const kinds = async (q: string) =>
    (await inspector.json(`/api/search?q=${q}`)).matches.map((match: { kind: string; id: string }) => [
      match.kind,
      match.id,
    ]);
  expect(await kinds('ada@')).toEqual([['member', id]]);
  expect(await kinds('jti_ra')).toEqual([['record', 'workos-jti:jti_race']]);
  expect(await kinds('request_l')).toEqual([['callback', 'request_later']]);
  expect(await kinds(keys[0].kid.slice(0, 9))).toEqual([['signing_key', keys[0].kid]]);
});

test.each([
  ['/api/callbacks?limit=-1', 'limit must be'],
  ['/api/callbacks?limit=201', 'limit must be'],
  ['/api/callbacks?limit=1&limit=2', 'limit must be given once'],
  ['/api/callbacks?since=yesterday', 'since must be'],
  ['/api/callbacks?until=2026-02-30', 'until must be'],
  ['/api/callbacks?outcome=maybe', 'outcome must be provisioned'],
  ['/api/callbacks?reason=%00', 'reason must be'],
  ['/api/callbacks?cursor=abc', 'the cursor'],
  ['/api/callbacks/stream?after=x', 'after must be'],
  ['/api/counters?bins=1000000000', 'bins must be'],
  ['/api/counters?bins=0', 'bins must be'],
  ['/api/search?q=', 'q must be'],
  [`/api/search?q=${'x'.repeat(321)}`, 'q must be'],
  ['/api/records/one', 'key must be'],
  [`/api/callbacks/${'x'.repeat(10_000)}`, 'a name must have at most'],
  ['/api/callbacks/%ff', 'the id is not URL-encoded text'],
  ['/api/callbacks/eyJhbGciOiJub25lIn0.e30.', 'a token was given'],
])('%.40s is refused with 400: %s', async (path, message) => {
  const response = await inspector.fetch(path);
  expect({ status: response.status, body: await response.json() }).toMatchObject({
    status: 400,
    body: {
      error: { message: expect.stringContaining(message), code: expect.stringMatching(/^invalid_(request|cursor)$/) },
    },
  });
});

test.each([
  '/api/callbacks/a%2fb',
  '/api/callbacks/..',
  '/api/callbacks/a/b',
  '/api/members/nobody',
  '/api/nothing',
  '/api/__proto__',
  '/api/constructor/x',
])('%s is not there', async (path) => {
  expect((await inspector.fetch(path)).status).toBe(404);
});

test('a cursor of another list is refused', async () => {
  const { page_info } = await inspector.json('/api/callbacks?limit=1');
  const response = await inspector.fetch(`/api/records?cursor=${page_info.next_cursor}`);
  expect(await response.json()).toMatchObject({ error: { code: 'invalid_cursor' } });
});

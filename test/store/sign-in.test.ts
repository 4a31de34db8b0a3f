import { createSecretKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Callback } from '../../src/callback/resolution.ts';
import { hashSecret, type Pepper, parseApiKey } from '../../src/callback/workspace/api-key.ts';
import { openedAnswer } from '../../src/store/callback-record.ts';
import { unseal } from '../../src/store/seal.ts';
import { type Making, signIn } from '../../src/store/sign-in.ts';
import type { MemberContext } from '../../src/store/store.ts';
import { callbackOf, DAY, NOW } from '../support/store.ts';

const PEPPER: Pepper = { kid: 3, key: createSecretKey(Buffer.alloc(32, 7)) };
const peppers = { current: PEPPER, get: (kid: number) => (kid === 3 ? PEPPER : undefined), kids: () => [3] };
const AT = '2026-01-01T00:00:00.000Z';

/** The same ids and bytes in every run. */
function making(): Making {
  let next = 0;
  const random = {
    uuid: () => '11111111-1111-4111-8111-111111111111',
    ulid: () => String(next++).padStart(26, '0'),
    bytes: (size: number) => Buffer.alloc(size, 9),
  };
  return { pepper: PEPPER, random, keyEnvironment: 'live' };
}

const KNOWN: MemberContext = {
  workspace: { id: 'w', name: "ada's Workspace", contact_email: 'ada@example.com', created_at: AT },
  member: {
    id: 'mem_1',
    workspace_id: 'w',
    workos_user_id: 'user_1',
    email: 'ada@example.com',
    scopes: ['publish', 'read', 'admin'],
    created_at: AT,
    last_seen_at: AT,
  },
};

const first = (changes: Partial<Callback> = {}, keyReused = false) =>
  signIn(callbackOf(changes), { known: undefined, keyReused }, making());
const again = (changes: Partial<Callback> = {}, keyReused = false) =>
  signIn(callbackOf(changes), { known: KNOWN, keyReused }, making());
const bodyOf = ({ resolution }: { resolution: { body: Uint8Array } }) =>
  JSON.parse(Buffer.from(resolution.body).toString());

describe('an unknown user', () => {
  test('is provisioned with a workspace, a key and an answer that shows its secret', () => {
    const { made, resolution } = first();
    expect(resolution).toEqual({ outcome: 'provisioned', status: 200, body: expect.any(Uint8Array) });
    expect(made?.member).toMatchObject({ workos_user_id: 'user_1', email: 'ada@example.com', created_at: AT });
    const { workspace, workspace_member, default_api_key } = bodyOf({ resolution });
    expect([workspace.id, workspace_member.id]).toEqual([made?.workspace.id, made?.member.id]);
    const key = parseApiKey(default_api_key.secret);
    expect(key?.publicId).toBe(made?.key.public_id);
    expect(hashSecret(PEPPER, key?.secret ?? '')).toBe(made?.key.secret_hmac);
    expect(default_api_key.secret).toMatch(/^ap_pk_live_/);
    expect(made?.events.map(({ request_id }) => request_id)).toEqual(['request_1', 'request_1']);
  });

  test('gets the same rows and bytes from the same randomness: nothing else goes in', () => {
    expect(first()).toEqual(first());
  });
});

describe('a known member', () => {
  test('is seen with the address and the time of the callback, and nothing else changes', () => {
    const { member, made, resolution } = again({ email: 'renamed@example.com', now: NOW + 5 }) as Extract<
      ReturnType<typeof signIn>,
      { member: unknown }
    >;
    expect(made).toBeUndefined();
    expect(member).toEqual({ ...KNOWN.member, email: 'renamed@example.com', last_seen_at: '2026-01-01T00:00:00.005Z' });
    expect(resolution).toEqual({ outcome: 'seen', status: 200, body: expect.any(Uint8Array) });
    expect(bodyOf({ resolution })).toMatchObject({
      workspace: { id: 'w' },
      workspace_member: { email: 'renamed@example.com', last_seen_at: '2026-01-01T00:00:00.005Z' },
      default_api_key: null,
    });
    expect(KNOWN.member.email).toBe('ada@example.com');
  });
});

describe('the record', () => {
  test.each([
    ['a first sign-in', first],
    ['a member who is seen', again],
  ])('of %s is found by its callback and opens to the answer', (_, decide) => {
    const { record, resolution, made } = decide();
    expect(record).toMatchObject({
      idempotency_key: 'workos-jti:jti_1',
      subject: 'user_1',
      issuer: 'https://api.workos.com',
      member_id: made?.member.id ?? 'mem_1',
      outcome: resolution.outcome,
      status: 200,
      key_public_id: made?.key.public_id ?? null,
      pepper_kid: 3,
      created_at: AT,
      expires_at: NOW + DAY,
    });
    expect(Buffer.from(record.body_sealed).includes('workspace')).toBe(false);
    const opened = openedAnswer(callbackOf(), record, peppers, unseal);
    expect(Buffer.from(opened).equals(resolution.body)).toBe(true);
  });

  test.each<Partial<Callback>>([
    { subject: 'user_2' },
    { issuer: 'https://other.example' },
    { idempotencyKey: 'workos-jti:jti_2' },
  ])('does not open for another callback: %o', (changes) => {
    const { record } = first();
    const open = () => openedAnswer(callbackOf(changes), record, peppers, unseal);
    expect(open).toThrow(expect.objectContaining({ reason: 'record_unreadable' }));
  });

  test('of an unknown pepper or seal does not open', () => {
    const { record } = first();
    for (const changed of [{ pepper_kid: 4 }, { seal_version: 2 }, { body_sha256: Buffer.alloc(32) }]) {
      const open = () => openedAnswer(callbackOf(), { ...record, ...changed }, peppers, unseal);
      expect(open).toThrow(expect.objectContaining({ reason: 'record_unreadable' }));
    }
  });
});

test.each([
  ['workos-jti:x', 'jti_reused_across_subjects'],
  ['workos-session:x', 'sid_reused_across_subjects'],
])('warns when another user has a record of %s', (idempotencyKey, warning) => {
  for (const decide of [first, again]) {
    expect(decide({ idempotencyKey }, true).resolution.warning).toBe(warning);
    expect(decide({ idempotencyKey }, false).resolution).not.toHaveProperty('warning');
  }
});

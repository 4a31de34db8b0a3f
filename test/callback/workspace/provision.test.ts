import { createSecretKey } from 'node:crypto';
import { expect, test } from 'vitest';
import { hashSecret } from '../../../src/callback/workspace/api-key.ts';
import { provision } from '../../../src/callback/workspace/provision.ts';

const AT = '2026-01-01T00:00:00.000Z';
const UUID = '11111111-1111-4111-8111-111111111111';
const PEPPER = { kid: 3, key: createSecretKey(Buffer.alloc(32, 7)) };
const SECRET = Buffer.alloc(32, 9).toString('base64url');

/** The same ids in every run: each is a letter of its own. */
function made(email = 'ada@example.com') {
  let next = 0;
  const random = {
    uuid: () => UUID,
    ulid: () => '0123456789ABCDEFGHJKMNPQR'.concat('ABCDEFGH'[next++] ?? ''),
    bytes: (size: number) => Buffer.alloc(size, 9),
  };
  return provision(
    { subject: 'user_1', email, now: Date.parse(AT), requestId: 'request_1', keyEnvironment: 'live', pepper: PEPPER },
    random,
  );
}

const PUBLIC_ID = 'ABCDEFGHJKMNPQRA';
const ids = { member: 'mem_0123456789ABCDEFGHJKMNPQRB', key: 'key_0123456789ABCDEFGHJKMNPQRC' };

test('a first sign-in makes a workspace, a member, a default key and two events, in one instant', () => {
  const { workspace, member, key, events, secret } = made();
  expect(workspace).toEqual({ id: UUID, name: "ada's Workspace", contact_email: 'ada@example.com', created_at: AT });
  expect(member).toEqual({
    id: ids.member,
    workspace_id: UUID,
    workos_user_id: 'user_1',
    email: 'ada@example.com',
    scopes: ['publish', 'read', 'admin'],
    created_at: AT,
    last_seen_at: AT,
  });
  expect(key).toEqual({
    id: ids.key,
    workspace_id: UUID,
    name: 'Default',
    public_id: PUBLIC_ID,
    secret_hmac: hashSecret(PEPPER, SECRET),
    pepper_kid: 3,
    scopes: ['publish', 'read'],
    revoked_at: null,
    created_at: AT,
    last_used_at: null,
  });
  const event = {
    workspace_id: UUID,
    actor_type: 'system',
    actor_id: 'web-auth',
    request_id: 'request_1',
    created_at: AT,
  };
  expect(events).toEqual([
    {
      ...event,
      id: 'evt_0123456789ABCDEFGHJKMNPQRD',
      action: 'workspace.created',
      target_type: 'workspace',
      target_id: UUID,
      details: {},
    },
    {
      ...event,
      id: 'evt_0123456789ABCDEFGHJKMNPQRE',
      action: 'api_key.created',
      target_type: 'api_key',
      target_id: ids.key,
      details: { name: 'Default', public_id: PUBLIC_ID },
    },
  ]);
  expect(secret).toBe(`ap_pk_live_${PUBLIC_ID}_${SECRET}`);
});

test.each([
  ['ada.lovelace+x@example.com', "ada.lovelace+x's Workspace"],
  ['"a@b"@example.com', '"a@b"\'s Workspace'],
])('names the workspace of %s after the part before its last @', (email, name) => {
  expect(made(email).workspace.name).toBe(name);
});

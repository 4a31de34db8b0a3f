import { DatabaseSync } from 'node:sqlite';
import { beforeEach, expect, test } from 'vitest';
import { MAIN_SCHEMA } from '../../../src/store/sqlite/schema.ts';

const AT = '2026-01-01T00:00:00.000Z';
const WORKSPACE = '11111111-1111-4111-8111-111111111111';
const OTHER_WORKSPACE = '22222222-2222-4222-8222-222222222222';
const ulid = (prefix: string, last = '0') => `${prefix}_${last.padStart(26, '0')}`;

const WORKSPACE_ROW = { id: WORKSPACE, name: "ada's Workspace", contact_email: 'ada@example.com', created_at: AT };
const MEMBER = {
  id: ulid('mem'),
  workspace_id: WORKSPACE,
  workos_user_id: 'user_1',
  email: 'ada@example.com',
  scopes: '["read"]',
  created_at: AT,
  last_seen_at: AT,
};
const KEY = {
  id: ulid('key'),
  workspace_id: WORKSPACE,
  name: 'Default',
  public_id: '0'.repeat(16),
  secret_hmac: 'a'.repeat(43),
  pepper_kid: 1,
  scopes: '["read"]',
  is_default: 1,
  revoked_at: null,
  created_at: AT,
  last_used_at: null,
};
const EVENT = {
  id: ulid('evt'),
  workspace_id: WORKSPACE,
  actor_type: 'system',
  actor_id: 'web-auth',
  action: 'workspace.created',
  target_type: 'workspace',
  target_id: WORKSPACE,
  details: '{}',
  request_id: 'request_1',
  created_at: AT,
};
const RECORD = {
  idempotency_key: 'workos-jti:jti_1',
  subject: 'user_1',
  issuer: 'https://api.workos.com',
  member_id: MEMBER.id,
  outcome: 'provisioned',
  status: 200,
  key_public_id: KEY.public_id,
  body_sealed: Buffer.alloc(100),
  body_sha256: Buffer.alloc(32),
  seal_version: 1,
  pepper_kid: 1,
  created_at: AT,
  expires_at: 1,
};

type Row = Record<string, string | number | null | Buffer>;

let db: DatabaseSync;

function insert(table: string, row: Row): void {
  const columns = Object.keys(row);
  db.prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`).run(
    ...Object.values(row),
  );
}

/** A whole sign-in, made by SQL alone: no code of the store stands between the test and the constraints. */
beforeEach(() => {
  db = new DatabaseSync(':memory:');
  for (const step of MAIN_SCHEMA.steps) db.exec(step);
  insert('workspaces', WORKSPACE_ROW);
  insert('workspaces', { ...WORKSPACE_ROW, id: OTHER_WORKSPACE });
  insert('workspace_members', MEMBER);
  insert('api_keys', KEY);
  insert('operation_events', EVENT);
  insert('callback_records', RECORD);
  return () => db.close();
});

const OTHER_MEMBER = { ...MEMBER, id: ulid('mem', '1'), workspace_id: OTHER_WORKSPACE, workos_user_id: 'user_2' };

test.each<[string, string, Row]>([
  ['a second member for a WorkOS user', 'workspace_members', { ...OTHER_MEMBER, workos_user_id: 'user_1' }],
  ['a second member of a personal workspace', 'workspace_members', { ...OTHER_MEMBER, workspace_id: WORKSPACE }],
  ['a member without a workspace', 'workspace_members', { ...OTHER_MEMBER, workspace_id: 'nowhere' }],
  ['a member without a user id', 'workspace_members', { ...OTHER_MEMBER, workos_user_id: '' }],
  ['a second default key in a workspace', 'api_keys', { ...KEY, id: ulid('key', '1'), public_id: '1'.repeat(16) }],
  ['a public id for a second key', 'api_keys', { ...KEY, id: ulid('key', '1'), workspace_id: OTHER_WORKSPACE }],
  [
    'a secret in place of its HMAC',
    'api_keys',
    { ...KEY, id: ulid('key', '1'), public_id: '1'.repeat(16), is_default: 0, secret_hmac: 'ap_pk_preview_x' },
  ],
  ['an event of no workspace', 'operation_events', { ...EVENT, id: ulid('evt', '1'), workspace_id: 'nowhere' }],
  ['an event without JSON', 'operation_events', { ...EVENT, id: ulid('evt', '1'), details: 'none' }],
  ['a second answer for a callback', 'callback_records', { ...RECORD, expires_at: 2 }],
  ['an answer of no member', 'callback_records', { ...RECORD, subject: 'user_2', member_id: ulid('mem', '9') }],
  ['a stored refusal', 'callback_records', { ...RECORD, subject: 'user_2', status: 401 }],
  ['a stored outage', 'callback_records', { ...RECORD, subject: 'user_2', status: 503 }],
  ['a first answer without its key', 'callback_records', { ...RECORD, subject: 'user_2', key_public_id: null }],
  ['a later answer with a key', 'callback_records', { ...RECORD, subject: 'user_2', outcome: 'seen' }],
  [
    'an answer too short to be sealed',
    'callback_records',
    { ...RECORD, subject: 'user_2', body_sealed: Buffer.alloc(44) },
  ],
  ['an answer as text', 'callback_records', { ...RECORD, subject: 'user_2', body_sealed: '{"secret":"s"}'.repeat(9) }],
  ['a time in another form', 'workspaces', { ...WORKSPACE_ROW, id: 'x'.repeat(36), created_at: '2026-01-01' }],
])('SQLite itself refuses %s', (_, table, row) => {
  expect(() => insert(table, row)).toThrow(/constraint failed|cannot store/);
});

test('keeps separate records of one key for two users and for two issuers', () => {
  insert('callback_records', { ...RECORD, subject: 'user_2' });
  insert('callback_records', { ...RECORD, issuer: 'https://auth.example.com' });
  expect(db.prepare('SELECT count(*) AS n FROM callback_records').get()?.n).toBe(3);
});

test('deletes stored answers with their member, and everything with a workspace', () => {
  db.prepare('DELETE FROM workspace_members').run();
  expect(db.prepare('SELECT count(*) AS n FROM callback_records').get()?.n).toBe(0);
  db.prepare('DELETE FROM workspaces').run();
  for (const table of ['api_keys', 'operation_events'])
    expect(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n).toBe(0);
});

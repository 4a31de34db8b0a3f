/**
 * The tables of the API that this program plays, in two forms that it has had: with row-level security forced on every
 * table, and without. The rows are of this project.
 */

import { type TestSchema, testSchema } from './postgres.ts';
import { POSTGRES_URL } from './stored.ts';

/** In the stored answer of Ada, and nowhere else: it must never leave the database. */
export const ADAS_SECRET = 'ap_pk_preview_0123456789ABCDEF_inClearAsTheApiStoresIt';

const TABLES = `
  CREATE TABLE workspaces (id uuid PRIMARY KEY, name text NOT NULL, contact_email text,
    created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL);
  CREATE TABLE workspace_members (id text PRIMARY KEY, workspace_id uuid NOT NULL REFERENCES workspaces (id),
    workos_user_id text NOT NULL, email text NOT NULL, scopes jsonb NOT NULL,
    created_at timestamptz NOT NULL, last_seen_at timestamptz NOT NULL);
  CREATE TABLE api_keys (id text PRIMARY KEY, workspace_id uuid NOT NULL REFERENCES workspaces (id),
    public_id text NOT NULL UNIQUE, name text NOT NULL, secret_hmac text NOT NULL, pepper_kid smallint NOT NULL,
    scopes jsonb NOT NULL, revoked_at timestamptz, last_used_at timestamptz, created_at timestamptz NOT NULL);
  CREATE TABLE operation_events (id text PRIMARY KEY, workspace_id uuid, actor_type text NOT NULL, actor_id text,
    action text NOT NULL, target_type text NOT NULL, target_id text NOT NULL, details jsonb NOT NULL,
    request_id text, occurred_at timestamptz NOT NULL);
  CREATE TABLE idempotency_records (workspace_id uuid, actor_type text NOT NULL, actor_id text NOT NULL,
    operation text NOT NULL, idempotency_key text NOT NULL, status text NOT NULL, result_json jsonb,
    created_at timestamptz NOT NULL, completed_at timestamptz);`;

const NAMES = ['workspaces', 'workspace_members', 'api_keys', 'operation_events', 'idempotency_records'];

const GUARDED = NAMES.map(
  (table) => `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY; ALTER TABLE ${table} FORCE ROW LEVEL SECURITY;
    CREATE POLICY ${table}_platform ON ${table} USING (current_setting('app.platform', true) = 'on');`,
).join('\n');

const ID = { ada: '11111111-1111-4111-8111-111111111111', bob: '22222222-2222-4222-8222-222222222222' } as const;

/** Ada signed in twice; Bob's first callback is under way; a workspace has no member yet. */
const ROWS = `
  INSERT INTO workspaces VALUES
    ('${ID.ada}', 'ada''s Workspace', 'ada@example.com', '2026-03-01T10:00:00.123456Z', '2026-03-01T10:00:00Z'),
    ('${ID.bob}', 'bob''s Workspace', NULL, '2026-03-02T10:00:00Z', '2026-03-02T10:00:00Z'),
    ('33333333-3333-4333-8333-333333333333', 'Unclaimed', NULL, '2026-03-03T10:00:00Z', '2026-03-03T10:00:00Z');
  INSERT INTO workspace_members VALUES
    ('mem_RandomAda00000000000000000', '${ID.ada}', 'user_ada', 'Ada@example.com', '["publish","read","admin"]',
     '2026-03-01T10:00:00.123456Z', '2026-03-04T10:00:00Z'),
    ('mem_AnotherBob0000000000000000', '${ID.bob}', 'user_bob', 'bob@example.com', '["read"]',
     '2026-03-02T10:00:00Z', '2026-03-02T10:00:00Z');
  INSERT INTO api_keys VALUES
    ('key_Ada00000000000000000000000', '${ID.ada}', '0123456789ABCDEF', 'Default', 'hmac-of-ada', 1,
     '["publish","read"]', NULL, NULL, '2026-03-01T10:00:00.123456Z'),
    ('key_Bob00000000000000000000000', '${ID.bob}', 'FEDCBA9876543210', 'Default', 'hmac-of-bob', 1,
     '["publish","read"]', '2026-03-03T10:00:00Z', '2026-03-02T11:00:00Z', '2026-03-02T10:00:00Z');
  INSERT INTO operation_events VALUES
    ('evt_4', '${ID.ada}', 'system', 'web-auth', 'workspace.created', 'workspace', '${ID.ada}', '{}', 'req_ada00001', '2026-03-01T10:00:00.123456Z'),
    ('evt_3', '${ID.ada}', 'system', 'web-auth', 'api_key.created', 'api_key', 'key_Ada00000000000000000000000',
     '{"name":"Default","public_id":"0123456789ABCDEF"}', NULL, '2026-03-01T10:00:00.123456Z'),
    ('evt_2', '${ID.bob}', 'system', 'web-auth', 'workspace.created', 'workspace', '${ID.bob}', '{}', NULL, '2026-03-02T10:00:00Z'),
    ('evt_1', '${ID.bob}', 'system', 'web-auth', 'api_key.created', 'api_key', 'key_Bob00000000000000000000000', '{}', NULL, '2026-03-02T10:00:00Z'),
    ('evt_0', NULL, 'platform', NULL, 'lockdown.set', 'artifact', 'art_1', '{"reasons":2}', NULL, '2026-03-05T10:00:00Z');
  INSERT INTO idempotency_records VALUES
    (NULL, 'system', 'web-auth', 'web.member.callback', 'workos-jti:ada-1', 'completed',
     '{"workspace_member":{"id":"mem_RandomAda00000000000000000"},"default_api_key":{"api_key":{"public_id":"0123456789ABCDEF"},"secret":"${ADAS_SECRET}"}}',
     '2026-03-01T10:00:00.123456Z', '2026-03-01T10:00:00.2Z'),
    (NULL, 'system', 'web-auth', 'web.member.provision', 'workos-user:user_ada', 'completed',
     '{"workspace_member":{"id":"mem_RandomAda00000000000000000"},"default_api_key":{"api_key":{"public_id":"0123456789ABCDEF"},"secret":"${ADAS_SECRET}"}}',
     '2026-03-01T10:00:00.123456Z', '2026-03-01T10:00:00.2Z'),
    (NULL, 'system', 'web-auth', 'web.member.callback', 'workos-jti:ada-2', 'completed',
     '{"workspace_member":{"id":"mem_RandomAda00000000000000000"},"default_api_key":null}',
     '2026-03-04T10:00:00Z', '2026-03-04T10:00:00.1Z'),
    (NULL, 'system', 'web-auth', 'web.member.callback', 'workos-session:bob', 'in_progress', NULL,
     '2026-03-05T10:00:00Z', NULL),
    ('${ID.ada}', 'api_key', 'key_Ada00000000000000000000000', 'upload.session.create', 'upload-1', 'completed', '{}',
     '2026-03-05T11:00:00Z', '2026-03-05T11:00:00Z');`;

/** In each list of `inspect`. */
export const REFERENCE_COUNTS = { workspaces: 3, members: 2, keys: 2, events: 5, records: 4 } as const;

/** @param guarded whether row-level security is forced */
export async function referenceDatabase(guarded: boolean, base = POSTGRES_URL): Promise<TestSchema> {
  const database = testSchema(base);
  await database.query(`CREATE SCHEMA ${database.schema}`);
  await database.query(TABLES);
  await database.query(ROWS);
  if (guarded) await database.query(GUARDED);
  return database;
}

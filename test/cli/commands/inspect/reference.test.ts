/** `inspect --schema reference`: the database of the API itself, read by a user who may only read. */
import { describe, expect } from 'vitest';
import { command } from '../../../support/command.ts';
import { roleWith, type TestSchema, testSchema } from '../../../support/postgres.ts';
import { proxyTo } from '../../../support/postgres-proxy.ts';
import { postgresTest as test } from '../../../support/postgres-test.ts';
import { ADAS_SECRET, REFERENCE_COUNTS, referenceDatabase } from '../../../support/reference-database.ts';

const ADA = 'mem_RandomAda00000000000000000';
const NOW = Date.parse('2026-03-06T10:00:00Z');

async function inspect(database: string, ...args: readonly string[]) {
  return command(['inspect', ...args, '--schema', 'reference', '--db', database], { now: NOW });
}

async function document(database: string, ...args: readonly string[]) {
  const { code, stdout, stderr } = await inspect(database, ...args, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

/** Names a user who may read, and undoes the rest of the helper's rights. */
async function reader({ schema, query }: TestSchema, grants = 'GRANT SELECT ON ALL TABLES IN SCHEMA') {
  const role = await roleWith(undefined, schema);
  const name = new URL(role.url).username;
  await query(`REVOKE ALL ON ALL TABLES IN SCHEMA ${schema} FROM ${name}`);
  await query(`${grants} ${schema} TO ${name}`);
  return { ...role, name };
}

describe.each([
  { form: 'row-level security forced', guarded: true },
  { form: 'no row-level security', guarded: false },
])('$form', ({ guarded }) => {
  test('a member with key and stored answers, by any of its names; no secret crosses the link', async () => {
    await using database = await referenceDatabase(guarded);
    await using role = await reader(database);
    await using proxy = await proxyTo(Number(new URL(role.url).port));
    const url = new URL(role.url);
    url.port = String(proxy.port);
    const names = [ADA, 'user_ada', 'ada@example.com', '11111111-1111-4111-8111-111111111111', 'workos-jti:ada-1'];
    for (const name of [...names, 'key_Ada00000000000000000000000', '0123456789ABCDEF', 'ADA@', 'mem_Rand…0000']) {
      const view = await document(url.href, 'member', name);
      expect(view).toMatchObject({
        workspace: { name: "ada's Workspace", contact_email: 'ada@example.com' },
        workspace_member: { id: ADA, email: 'Ada@example.com', last_seen_at: '2026-03-04T10:00:00.000Z' },
        api_keys: [{ public_id: '0123456789ABCDEF', revoked: false }],
        provisioned: { request_id: 'req_ada00001' },
        callbacks: [],
        records: [
          { idempotency_key: 'workos-jti:ada-2', outcome: 'seen', key_public_id: null },
          { idempotency_key: 'workos-user:user_ada', outcome: 'provisioned', key_public_id: '0123456789ABCDEF' },
          { idempotency_key: 'workos-jti:ada-1', outcome: 'provisioned', subject: 'user_ada', issuer: null },
        ],
      });
    }
    for (const what of ['workspaces', 'members', 'keys', 'events', 'records']) await document(url.href, what);
    for (const page of [['workspace', 'user_bob'], ['key', 'user_bob'], ['record', 'ada-2'], ['--audit']])
      await inspect(url.href, ...page);
    const sent = proxy.messages.map(({ text }) => text);
    expect(sent.length).toBeGreaterThan(100);
    expect(sent.filter((text) => text.includes('inClearAsTheApiStoresIt'))).toEqual([]);
    const statements = proxy.messages.filter(({ from, text }) => from === 'client' && text.includes('result_json'));
    expect(statements.length).toBeGreaterThan(0);
    for (const { text } of statements)
      expect(text.replaceAll(/result_json #>> '\{[a-z_,]+\}'/g, '')).not.toContain('result_json,');
  });

  test('every list, a page at a time, is the whole list newest first', async () => {
    await using database = await referenceDatabase(guarded);
    await using role = await reader(database);
    for (const [list, count] of Object.entries(REFERENCE_COUNTS)) {
      const whole = await document(role.url, list);
      expect(whole.items, list).toHaveLength(count);
      const paged: unknown[] = [];
      for (let cursor: string[] = []; ; ) {
        const { items, page_info } = await document(role.url, list, '--limit', '1', ...cursor);
        paged.push(...items);
        if (page_info.next_cursor === null) break;
        cursor = ['--cursor', page_info.next_cursor];
      }
      expect(paged, list).toEqual(whole.items);
      const times = whole.items.map((item: { created_at?: string; time?: string }) => item.created_at ?? item.time);
      expect(times, list).toEqual([...times].sort().reverse());
      const recent = await document(role.url, list, '--since', '2026-03-02T10:00Z', '--until', '2026-03-03T10:00Z');
      expect(
        recent.items.every((item: { created_at?: string; time?: string }) =>
          /-0[23]T/.test(item.created_at ?? item.time ?? ''),
        ),
        list,
      ).toBe(true);
    }
  });

  test('the audit judges what can be judged', async () => {
    await using database = await referenceDatabase(guarded);
    await using role = await reader(database);
    await database.query(`DELETE FROM api_keys WHERE id = 'key_Bob00000000000000000000000'`);
    const { code, stdout } = await inspect(role.url, '--audit', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout).results).toMatchObject([
      { id: 'one-member-per-user', result: 'kept' },
      { id: 'no-half-provisioned-member', broken_by: ['mem_AnotherBob0000000000000000 has no API key'] },
      { id: 'no-secret-at-rest', result: 'broken', broken_count: 2 },
    ]);
    expect(stdout).not.toContain(ADAS_SECRET);
  });
});

test('what the API does not store is null, and a hyphen for people', async () => {
  await using database = await referenceDatabase(true);
  await using role = await reader(database);
  const { items } = await document(role.url, 'records');
  expect(items[0]).toEqual({
    idempotency_key: 'workos-session:bob',
    subject: null,
    issuer: null,
    member_id: null,
    outcome: 'in_flight',
    status: null,
    key_public_id: null,
    created_at: '2026-03-05T10:00:00.000Z',
    body_sha256: null,
    expires_at: null,
    expired: false,
  });
  const events = await document(role.url, 'events');
  expect(events.items[0]).toMatchObject({
    actor: 'platform',
    workspace_id: null,
    request_id: null,
    change_summary: 'reasons=2',
  });
  const page = await inspect(role.url, 'member', 'bob@example.com');
  expect(page.stdout).toContain('none: they are swept after 30 days');
  expect(page.stdout).not.toContain('inspect callbacks');
  for (const what of ['records', 'events', 'workspaces']) {
    const { code, stdout } = await inspect(role.url, what);
    expect(code).toBe(0);
    expect(stdout).not.toMatch(/null|undefined|Invalid/);
    expect(stdout).toMatch(/ -( |$)/m);
  }
});

test('a user without the right to stored answers reads everything else', async () => {
  await using database = await referenceDatabase(true);
  await using role = await reader(database);
  await database.query(`REVOKE ALL ON idempotency_records, api_keys FROM ${role.name}`);
  await database.query(
    `GRANT SELECT (operation, idempotency_key, status, created_at, completed_at) ON idempotency_records TO ${role.name}`,
  );
  await database.query(
    `GRANT SELECT (id, workspace_id, public_id, name, scopes, revoked_at, last_used_at, created_at) ON api_keys TO ${role.name}`,
  );
  expect((await document(role.url, 'records')).items).toMatchObject([
    { idempotency_key: 'workos-session:bob', outcome: 'in_flight' },
    { idempotency_key: 'workos-jti:ada-2', outcome: null, status: 200, member_id: null },
    { idempotency_key: 'workos-user:user_ada', outcome: null, status: 200, key_public_id: null },
    { idempotency_key: 'workos-jti:ada-1', outcome: null, status: 200, member_id: null },
  ]);
  expect((await document(role.url, 'member', 'user_ada')).api_keys).toHaveLength(1);
  const audit = JSON.parse((await inspect(role.url, '--audit', '--json')).stdout);
  expect(audit.results[2]).toMatchObject({ result: 'skipped', note: expect.stringContaining('permission denied') });
});

test('no right to one table is one line, and names it', async () => {
  await using database = await referenceDatabase(false);
  await using role = await reader(database);
  await database.query(`REVOKE ALL ON api_keys FROM ${role.name}`);
  const refused = await inspect(role.url, 'keys');
  expect(refused).toMatchObject({ code: 4, stdout: '' });
  expect(refused.stderr).toMatch(/^error.*permission denied for table api_keys/m);
  expect((await inspect(role.url, 'members')).code).toBe(0);
});

test('rows that a policy hides are said to be hidden', async () => {
  await using database = await referenceDatabase(true);
  await using role = await reader(database);
  await database.query('DROP POLICY workspace_members_platform ON workspace_members');
  const { code, stderr } = await inspect(role.url, 'members');
  expect(code).toBe(0);
  expect(stderr).toContain('row-level security is in force on workspace_members');
});

test('tables that are missing, or of another form, are named', async () => {
  await using database = await referenceDatabase(false);
  await database.query('ALTER TABLE operation_events RENAME COLUMN occurred_at TO at');
  await database.query('ALTER TABLE workspaces DROP COLUMN contact_email');
  const other = await inspect(database.url, 'members');
  expect(other.code).toBe(7);
  expect(other.stderr).toContain('no column workspaces.contact_email, operation_events.occurred_at');
  await database.query('DROP TABLE idempotency_records');
  const missing = await inspect(database.url, 'members');
  expect(missing.code).toBe(5);
  expect(missing.stderr).toContain('has no table idempotency_records');
  await using nothing = testSchema();
  expect(await inspect(nothing.url, 'member', 'x')).toMatchObject({ code: 5, stdout: '' });
});

test('nothing can be written: each transaction is read-only', async () => {
  await using database = await referenceDatabase(false);
  await database.query(`CREATE FUNCTION writes() RETURNS text LANGUAGE sql AS
    $$ INSERT INTO ${database.schema}.workspaces VALUES (gen_random_uuid(), 'written', NULL, now(), now()) RETURNING name $$`);
  await database.query(`ALTER TABLE workspace_members RENAME TO members`);
  await database.query(
    `CREATE VIEW workspace_members AS SELECT id, workspace_id, workos_user_id, ${database.schema}.writes() AS email, scopes, created_at, last_seen_at FROM members`,
  );
  for (const args of [['members'], ['member', 'user_ada'], ['--audit']]) {
    const { code, stderr } = await inspect(database.url, ...args);
    if (args[0] !== '--audit')
      expect({ code, stderr }).toMatchObject({ code: 7, stderr: expect.stringContaining('read-only transaction') });
  }
  expect(await database.query("SELECT 1 FROM workspaces WHERE name = 'written'")).toEqual([]);
});

test.each([
  { args: ['members', '--schema', 'public'], says: '--schema: "public" is unknown; accepted: agent-paste, reference' },
  { args: ['members', '--schema', ''], says: '--schema: "" is unknown' },
  { args: ['callbacks', '--schema', 'reference'], says: 'the database of the API has no log of callbacks' },
  { args: ['callback', 'req_1', '--schema', 'reference'], says: 'the database of the API has no log of callbacks' },
  { args: ['users', '--schema', 'reference'], says: 'the database of the API has no users' },
  { args: ['sessions', '--schema', 'reference'], says: 'the database of the API has no sessions' },
  { args: ['events', '--follow', '--schema', 'reference'], says: '--follow: ' },
  {
    args: ['members', '--schema', 'reference', '--db', 'a.db'],
    says: '--schema reference needs the PostgreSQL database',
  },
  { args: ['members', '--schema', 'reference'], says: '--schema reference needs the PostgreSQL database' },
  { args: ['--audit', '--schema', 'reference'], says: '--schema reference needs the PostgreSQL database' },
])('$args is refused in one line', async ({ args, says }) => {
  const { code, stdout, stderr } = await command(['inspect', ...args]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(says);
});

test('a cursor of another list, or made up, is refused', async () => {
  await using database = await referenceDatabase(false);
  const cursor = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  for (const value of [
    ['members', ['2026-02-30T00:00:00.000000Z', 'x']],
    ['members', 5],
    ['keys', ['2026-02-03T00:00:00.000000Z', 'x']],
    ['members', ['2026-02-03T00:00:00.000000Z', 'x\0']],
  ])
    expect((await inspect(database.url, 'members', '--cursor', cursor(value))).code, JSON.stringify(value)).toBe(2);
});

test('--schema agent-paste is the default', async () => {
  await using own = testSchema();
  const { code, stderr } = await command(['inspect', 'members', '--schema', 'agent-paste', '--db', own.url]);
  expect(code).toBe(5);
  expect(stderr).toContain('there are no tables of agent-paste');
});

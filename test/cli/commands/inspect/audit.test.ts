import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { agentPaste } from '../../../support/binary.ts';
import { checksum } from '../../../support/checksum.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../../support/directory.ts';
import { testServer } from '../../../support/server.ts';

let directory: TemporaryDirectory;

beforeAll(async () => {
  directory = temporaryDirectory();
  const server = await testServer({}, directory);
  for (const email of ['ada@example.com', 'grace@example.com', 'linus@example.com']) {
    await server.post(server.mint({ email }).token);
    await server.post(server.mint({ email }).token);
  }
  server.users.close();
  await server.running.stop();
});

afterAll(() => directory[Symbol.dispose]());

interface Result {
  readonly id: string;
  readonly result: 'kept' | 'broken' | 'skipped';
  readonly broken_by: readonly string[];
  readonly note: string | null;
}

async function audit(database?: string, stateDirectory = directory.path) {
  const { code, stdout } = await agentPaste([
    ...['--state-dir', stateDirectory, 'inspect', '--audit', '--json'],
    ...(database === undefined ? [] : ['--db', database]),
  ]);
  const { ok, results }: { ok: boolean; results: Result[] } = JSON.parse(stdout);
  return { code, ok, results, broken: results.filter(({ result }) => result === 'broken') };
}

/** A copy of the database, changed by hand without its constraints. */
function tampered(sql: string): string {
  const copy = join(directory.path, 'tampered.db');
  rmSync(copy, { force: true });
  copyFileSync(join(directory.path, 'agent-paste.db'), copy);
  const db = new DatabaseSync(copy, { defensive: false });
  db.exec('PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON');
  db.exec(sql);
  db.close();
  return copy;
}

test('finds every promise kept in a database that only the server wrote, without changing it', async () => {
  const before = checksum(directory.path);
  const { code, ok, results } = await audit();
  expect({ code, ok, all: results.map(({ result }) => result) }).toEqual({
    code: 0,
    ok: true,
    all: results.map(() => 'kept'),
  });
  expect(checksum(directory.path)).toEqual(before);
});

/** A table made again without its UNIQUE constraints, so that a promise can be broken. */
const unconstrained = (table: string) =>
  `CREATE TABLE copy AS SELECT * FROM ${table}; DROP TABLE ${table}; ALTER TABLE copy RENAME TO ${table};`;

const member = (n: number) => `(SELECT id FROM workspace_members ORDER BY rowid LIMIT 1 OFFSET ${n})`;

test.each([
  ['no-half-provisioned-member', 'DELETE FROM workspace_members WHERE rowid = 1', /has no member/],
  ['no-half-provisioned-member', 'DELETE FROM api_keys WHERE rowid = 1', /has no default key/],
  [
    'no-half-provisioned-member',
    "DELETE FROM operation_events WHERE rowid = (SELECT min(rowid) FROM operation_events WHERE action = 'api_key.created')",
    /has no event api_key.created/,
  ],
  ['no-orphans', 'DELETE FROM workspaces WHERE rowid = 1', /belongs to the workspace .* which does not exist/],
  [
    'foreign-keys',
    'DELETE FROM workspaces WHERE rowid = 1',
    /row 1 of workspace_members points to a row of workspaces/,
  ],
  ['records-have-members', 'DELETE FROM workspace_members WHERE rowid = 1', /points to mem_.* which does not exist/],
  [
    'records-have-members',
    `UPDATE callback_records SET member_id = ${member(1)} WHERE rowid = 1`,
    /points to mem_.* which belongs to another user/,
  ],
  [
    'records-have-keys',
    "UPDATE callback_records SET key_public_id = 'AAAAAAAAAAAAAAAA' WHERE rowid = 1",
    /names the key AAAAAAAAAAAAAAAA/,
  ],
  [
    'sealed-answers-open',
    "UPDATE callback_records SET body_sealed = CAST(body_sealed || x'00' AS BLOB) WHERE rowid = 1",
    /workos-jti:.* does not open/,
  ],
  [
    'sealed-answers-open',
    'UPDATE callback_records SET body_sealed = (SELECT body_sealed FROM callback_records WHERE rowid = 3) WHERE rowid = 1',
    /does not open/,
  ],
  [
    'sealed-answers-open',
    'UPDATE callback_records SET body_sha256 = zeroblob(32) WHERE rowid = 1',
    /opens, but not to the answer/,
  ],
  [
    'one-member-per-user',
    `${unconstrained('workspace_members')} UPDATE workspace_members SET workos_user_id = 'user_twice' WHERE rowid < 3`,
    /mem_.* one of several members of user_twice/,
  ],
  [
    'one-member-per-workspace',
    `${unconstrained('workspace_members')} UPDATE workspace_members SET workspace_id = (SELECT workspace_id FROM workspace_members WHERE rowid = 1) WHERE rowid = 2`,
    /mem_.* one of several members of the workspace/,
  ],
  [
    'one-default-key',
    `${unconstrained('api_keys')} UPDATE api_keys SET workspace_id = (SELECT workspace_id FROM api_keys WHERE rowid = 1) WHERE rowid = 2`,
    /key_.* one of several default keys/,
  ],
  [
    'integrity',
    `PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'email COLLATE NOCASE', 'id COLLATE NOCASE') WHERE name = 'members_by_email'`,
    /members_by_email/,
  ],
])('%s is broken by %s, and what breaks it is named', async (id, sql, sentence) => {
  const database = tampered(sql);
  const { code, ok, broken } = await audit(database);
  expect({ code, ok }).toEqual({ code: 1, ok: false });
  expect(broken.find((result) => result.id === id)?.broken_by.join('\n')).toMatch(sentence);
});

test('reports sealed answers as skipped without the pepper, and judges the rest', async () => {
  using elsewhere = temporaryDirectory();
  const { code, results } = await audit(join(directory.path, 'agent-paste.db'), elsewhere.path);
  expect(code).toBe(0);
  const skipped = results.filter(({ result }) => result === 'skipped');
  expect(skipped.map(({ id }) => id)).toEqual(['sealed-answers-open']);
  expect(skipped[0]?.note).toContain('no pepper file');
});

test("reports sealed answers as skipped, not broken, with another state's pepper", async () => {
  using elsewhere = temporaryDirectory();
  const other = await testServer({}, elsewhere);
  await other.running.stop();
  other.users.close();
  const { code, results } = await audit(join(directory.path, 'agent-paste.db'), elsewhere.path);
  expect(code).toBe(0);
  expect(results.at(-1)).toMatchObject({ result: 'skipped', note: 'pepper 1 is not the one of this database' });
});

test('names each promise in the table and the verdict in the last line', async () => {
  const database = tampered('DELETE FROM api_keys WHERE rowid = 1');
  const { code, stdout } = await agentPaste(['inspect', '--audit', '--db', database, '--state-dir', directory.path]);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^BROKEN {3}no-half-provisioned-member/m);
  expect(stdout.trimEnd().split('\n').at(-1)).toBe(`${database} breaks no-half-provisioned-member, records-have-keys`);
});

test.each([
  ['--audit', 'members'],
  ['members', '--audit'],
  ['member', 'ada@example.com', '--audit'],
])('rejects --audit with a list or a page: %s %s', async (...args) => {
  const { code, stdout } = await agentPaste(['--state-dir', directory.path, 'inspect', ...args]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
});

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDatabase } from '../../../src/store/sqlite/file/open.ts';
import { MAIN_SCHEMA } from '../../../src/store/sqlite/schema.ts';
import { dump, execute, query } from '../../support/database.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { testServer } from '../../support/server.ts';
import { callbackOf, DAY, NOW, openStore } from '../../support/store.ts';

/** The files of a directory and below that hold these bytes. */
function filesWith(directory: string, needle: Buffer | string): string[] {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => readFileSync(file).includes(needle));
}

/** The forms in which the secret part could be lying around. */
function formsOf(key: string): (string | Buffer)[] {
  const secret = key.slice(-43);
  const bytes = Buffer.from(secret, 'base64url');
  return [secret, bytes, bytes.toString('hex'), Buffer.from(secret).toString('base64').slice(0, 40)];
}

test('leaves the secret in no file after the callback, a replay, its use and a restart', async () => {
  let server = await testServer();
  const path = server.paths.directory;
  const { token, claims } = server.mint();
  const key: string = (await server.post(token)).body.default_api_key.secret;
  const nowhere = () => {
    for (const form of formsOf(key)) expect(filesWith(path, form)).toEqual([]);
  };
  // The search finds what is there, in the write-ahead log too.
  expect(filesWith(path, String(claims.sub)).length).toBeGreaterThan(0);
  nowhere();
  await server.post(token);
  nowhere();
  expect((await server.get('/v1/whoami', key)).status).toBe(200);
  nowhere();
  server = await server.restart();
  await using _ = server;
  nowhere();
});

test('removes the sealed answer from every file when its record expires', async () => {
  using directory = temporaryDirectory();
  await using opened = openStore(directory.path);
  await opened.store.resolveMember(callbackOf());
  const [row] = query(opened.path, 'SELECT body_sealed FROM callback_records');
  const sealed = Buffer.from(String(row?.body_sealed), 'hex').subarray(0, 64);
  expect(filesWith(directory.path, sealed).length).toBeGreaterThan(0);
  expect(await opened.store.sweep(NOW + DAY)).toBe(1);
  expect(filesWith(directory.path, sealed)).toEqual([]);
});

test('removes an expired answer that was replaced from every file at the sweep', async () => {
  using directory = temporaryDirectory();
  await using opened = openStore(directory.path);
  await opened.store.resolveMember(callbackOf());
  const [row] = query(opened.path, 'SELECT body_sealed FROM callback_records');
  const sealed = Buffer.from(String(row?.body_sealed), 'hex').subarray(0, 64);
  await opened.store.sweep(NOW);
  expect((await opened.store.resolveMember(callbackOf({ now: NOW + DAY }))).outcome).toBe('seen');
  await opened.store.sweep(NOW + DAY);
  expect(filesWith(directory.path, sealed)).toEqual([]);
});

test('keeps no secret in the copy that a migration leaves', async () => {
  await using server = await testServer();
  const key: string = (await server.post(server.mint().token)).body.default_api_key.secret;
  const later = { ...MAIN_SCHEMA, steps: [...MAIN_SCHEMA.steps, 'ALTER TABLE workspaces ADD COLUMN colour TEXT'] };
  openDatabase(server.paths.database, later, { synchronous: 'FULL' }).close();
  const publicId = key.split('_')[3] ?? '';
  expect(filesWith(server.paths.directory, publicId)).toContain(`${server.paths.database}.v1.backup`);
  for (const form of formsOf(key)) expect(filesWith(server.paths.directory, form)).toEqual([]);
});

const FIRST = 'WHERE rowid = (SELECT min(rowid) FROM callback_records)';
const LAST = 'WHERE rowid = (SELECT max(rowid) FROM callback_records)';

type Change = (databasePath: string) => void;

/** One bit of a column of bytes, counted from its beginning or, with a negative number, from its end. */
function flipped(column: 'body_sealed' | 'body_sha256', byte: number): Change {
  return (path) => {
    const [row] = query(path, `SELECT ${column} FROM callback_records ${FIRST}`);
    const bytes = Buffer.from(String(row?.[column]), 'hex');
    bytes.writeUInt8((bytes.at(byte) ?? 0) ^ 1, byte < 0 ? bytes.length + byte : byte);
    execute(path, `UPDATE callback_records SET ${column} = ? ${FIRST}`, bytes);
  };
}

function set(assignment: string): Change {
  return (path) => execute(path, `UPDATE callback_records SET ${assignment} ${FIRST}`);
}

interface Tampering {
  readonly what: string;
  readonly change: Change;
  /** The token that then meets the record; that of Ada, who signed in first, if not said. */
  readonly asked?: { readonly sub: string; readonly jti: string };
}

const TAMPERINGS: readonly Tampering[] = [
  { what: 'the salt', change: flipped('body_sealed', 3) },
  { what: 'the nonce', change: flipped('body_sealed', 20) },
  { what: 'the ciphertext', change: flipped('body_sealed', 60) },
  { what: 'the tag', change: flipped('body_sealed', -1) },
  { what: 'the digest', change: flipped('body_sha256', 5) },
  { what: 'the public id of the key', change: set("key_public_id = 'ZZZZZZZZZZZZZZZZ'") },
  { what: 'the outcome', change: set("outcome = 'seen', key_public_id = NULL") },
  { what: 'the time', change: set("created_at = '2020-01-01T00:00:00.000Z'") },
  { what: 'the version of the seal', change: set('seal_version = 2') },
  { what: 'the number of the pepper', change: set('pepper_kid = 9') },
  {
    what: 'the whole answer, by that of another user',
    change: set(`(body_sealed, body_sha256, key_public_id, created_at) =
      (SELECT body_sealed, body_sha256, key_public_id, created_at FROM callback_records ${LAST})`),
  },
  {
    what: 'the subject, so that it is the answer of another user',
    change: set("subject = 'user_bob'"),
    asked: { sub: 'user_bob', jti: 'jti_ada' },
  },
  {
    what: 'the token id',
    change: set("idempotency_key = 'workos-jti:jti_new'"),
    asked: { sub: 'user_ada', jti: 'jti_new' },
  },
];

test.each(TAMPERINGS)(
  'answers 503 record_unreadable for a record with a changed $what, logs it, and provisions nothing',
  async ({ change, asked = { sub: 'user_ada', jti: 'jti_ada' } }) => {
    await using server = await testServer();
    for (const name of ['ada', 'bob'])
      await server.post(server.mint({ sub: `user_${name}`, jti: `jti_${name}`, email: `${name}@example.com` }).token);
    change(server.paths.database);
    const before = dump(server.paths.database);
    const { status, body } = await server.post(server.mint(asked).token);
    expect({ status, code: body.error?.code, reason: body.error?.reason }).toEqual({
      status: 503,
      code: 'database_unavailable',
      reason: 'record_unreadable',
    });
    expect(server.logged.at(-1)).toMatchObject({ status: 503, reason: 'record_unreadable', user: asked.sub });
    expect(dump(server.paths.database)).toEqual(before);
    expect(server.bugs).toEqual([]);
  },
);

test('does not open a record that was moved to another issuer', async () => {
  let server = await testServer();
  const ids = { sub: 'user_ada', jti: 'jti_ada' };
  await server.post(server.mint(ids).token);
  execute(server.paths.database, "UPDATE callback_records SET issuer = 'https://auth.example.com'");
  server = await server.restart({ issuer: 'https://auth.example.com' });
  await using _ = server;
  const { status, body } = await server.post(server.mint(ids).token);
  expect([status, body.error.reason]).toEqual([503, 'record_unreadable']);
});

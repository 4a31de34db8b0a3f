import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { execute, query } from '../support/database.ts';
import { temporaryDirectory } from '../support/directory.ts';
import { type TestServer, testServer } from '../support/server.ts';
import { callbackOf, DAY, NOW, openStore } from '../support/store.ts';

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

test('the secret is in no file of the state directory after the callback, a replay, its use and a restart', async () => {
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

test('the sealed answer leaves every file when its record expires', async () => {
  using directory = temporaryDirectory();
  using opened = openStore(directory.path);
  await opened.store.resolveMember(callbackOf());
  const [row] = query(opened.path, 'SELECT body_sealed FROM callback_records');
  const sealed = Buffer.from(String(row?.body_sealed), 'hex').subarray(0, 64);
  expect(filesWith(directory.path, sealed).length).toBeGreaterThan(0);
  expect(await opened.store.sweep(NOW + DAY)).toBe(1);
  expect(filesWith(directory.path, sealed)).toEqual([]);
});

test('an answer that took the place of an expired one leaves no file with the old one after the sweep', async () => {
  using directory = temporaryDirectory();
  using opened = openStore(directory.path);
  await opened.store.resolveMember(callbackOf());
  const [row] = query(opened.path, 'SELECT body_sealed FROM callback_records');
  const sealed = Buffer.from(String(row?.body_sealed), 'hex').subarray(0, 64);
  await opened.store.sweep(NOW);
  expect((await opened.store.resolveMember(callbackOf({ now: NOW + DAY }))).outcome).toBe('seen');
  await opened.store.sweep(NOW + DAY);
  expect(filesWith(directory.path, sealed)).toEqual([]);
});

/** Changes the record of the first user behind the back of the server. */
async function tampered(
  change: (server: TestServer) => void,
): Promise<{ status: number; reason: string; rows: boolean }> {
  await using server = await testServer();
  const { token } = server.mint();
  await server.post(token);
  await server.post(server.mint({ email: 'bob@example.com' }).token);
  change(server);
  const before = JSON.stringify(query(server.paths.database, 'SELECT * FROM callback_records'));
  const { status, body } = await server.post(token);
  const after = JSON.stringify(query(server.paths.database, 'SELECT * FROM callback_records'));
  return { status, reason: body.error?.reason, rows: before !== after };
}

const FIRST = 'WHERE rowid = (SELECT min(rowid) FROM callback_records)';
const flip = (column: string, byte: number): string =>
  `UPDATE callback_records SET ${column} = CAST(substr(${column}, 1, ${byte}) || x'00' || substr(${column}, ${byte + 2}) AS BLOB) ${FIRST}`;

test.each([
  ['the salt', flip('body_sealed', 3)],
  ['the nonce', flip('body_sealed', 20)],
  ['the ciphertext', flip('body_sealed', 60)],
  ['the digest', flip('body_sha256', 5)],
  ['the public id of the key', `UPDATE callback_records SET key_public_id = 'ZZZZZZZZZZZZZZZZ' ${FIRST}`],
  ['the time', `UPDATE callback_records SET created_at = '2020-01-01T00:00:00.000Z' ${FIRST}`],
  ['the version of the seal', `UPDATE callback_records SET seal_version = 2 ${FIRST}`],
  ['the number of the pepper', `UPDATE callback_records SET pepper_kid = 9 ${FIRST}`],
  [
    'the whole answer, by that of another user',
    `UPDATE callback_records SET (body_sealed, body_sha256, key_public_id, created_at) =
       (SELECT body_sealed, body_sha256, key_public_id, created_at FROM callback_records ORDER BY rowid DESC LIMIT 1) ${FIRST}`,
  ],
])('a record in which somebody changed %s: 503 record_unreadable, and nothing is provisioned', async (_, sql) => {
  const answer = await tampered((server) => execute(server.paths.database, sql));
  expect(answer).toEqual({ status: 503, reason: 'record_unreadable', rows: false });
});

import { statSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Callback, Resolution } from '../../../src/callback/resolution.ts';
import { parseApiKey } from '../../../src/callback/workspace/api-key.ts';
import type { ApiError } from '../../../src/errors/api-error.ts';
import { systemRandom } from '../../../src/machine/random.ts';
import { rotatePepper } from '../../../src/store/peppers.ts';
import { openSqliteStore } from '../../../src/store/sqlite/store.ts';
import { counts, execute, holdWriteLock, ONE_SIGN_IN, observe, query, UNCHANGED } from '../../support/database.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../support/directory.ts';
import { callbackOf, DAY, NOW, type OpenedStore, openStore } from '../../support/store.ts';

let directory: TemporaryDirectory;
let opened: OpenedStore;
beforeEach(() => {
  directory = temporaryDirectory();
  opened = openStore(directory.path);
});
afterEach(async () => {
  await opened[Symbol.asyncDispose]();
  directory[Symbol.dispose]();
});

const resolve = (changes: Partial<Callback> = {}): Promise<Resolution> =>
  opened.store.resolveMember(callbackOf(changes));
const text = ({ body }: Resolution) => Buffer.from(body).toString();
const bodyOf = (answer: Resolution) => JSON.parse(text(answer));
const records = () => query(opened.path, 'SELECT * FROM callback_records ORDER BY rowid');
const restart = async () => {
  await opened[Symbol.asyncDispose]();
  opened = openStore(directory.path);
};

/** Another byte in place of that one, whichever it is. */
const flip = (column: string, byte: number) =>
  `UPDATE callback_records SET ${column} = CAST(substr(${column}, 1, ${byte})
     || iif(substr(${column}, ${byte + 1}, 1) = x'00', x'01', x'00') || substr(${column}, ${byte + 2}) AS BLOB)`;

test.each([
  ['salt', flip('body_sealed', 3)],
  ['nonce', flip('body_sealed', 20)],
  ['ciphertext', flip('body_sealed', 60)],
  ['digest', flip('body_sha256', 5)],
  ['public id', "UPDATE callback_records SET key_public_id = 'ZZZZZZZZZZZZZZZZ'"],
  ['time', "UPDATE callback_records SET created_at = '2020-01-01T00:00:00.000Z'"],
  ['version of the seal', 'UPDATE callback_records SET seal_version = 2'],
  ['number of the pepper', 'UPDATE callback_records SET pepper_kid = 9'],
])('a record with another %s is unreadable, says what was expected, and stays', async (_, sql) => {
  await resolve();
  execute(opened.path, sql);
  const before = records();
  const error: ApiError = await resolve().catch((thrown) => thrown);
  expect(error).toMatchObject({ code: 'database_unavailable', reason: 'record_unreadable', detail: { retryAfter: 1 } });
  expect(error.detail.expected).toMatch(/\S/);
  expect(error.detail.received).toMatch(/\S/);
  if (['salt', 'nonce', 'ciphertext'].includes(_)) expect(error.cause).toBeInstanceOf(Error);
  expect(records()).toEqual(before);
  expect(counts(opened.path)).toEqual(ONE_SIGN_IN);
});

test("stores a record's key in the clear and its answer sealed", async () => {
  const first = await resolve();
  const later = await resolve({ idempotencyKey: 'workos-session:session_1', now: NOW + 1 });
  const { workspace_member, default_api_key } = bodyOf(first);
  const both = { issuer: 'https://api.workos.com', subject: 'user_1', member_id: workspace_member.id, status: 200 };
  expect(records()).toEqual([
    expect.objectContaining({
      ...both,
      idempotency_key: 'workos-jti:jti_1',
      outcome: 'provisioned',
      key_public_id: default_api_key.api_key.public_id,
      seal_version: 1,
      pepper_kid: 1,
      created_at: new Date(NOW).toISOString(),
      expires_at: NOW + DAY,
    }),
    expect.objectContaining({
      ...both,
      idempotency_key: 'workos-session:session_1',
      outcome: 'seen',
      key_public_id: null,
      created_at: new Date(NOW + 1).toISOString(),
    }),
  ]);
  for (const { body_sealed } of records())
    expect(Buffer.from(String(body_sealed), 'hex').includes('workspace')).toBe(false);
  expect(bodyOf(later)).toEqual({
    ...bodyOf(first),
    default_api_key: null,
    workspace_member: { ...workspace_member, last_seen_at: new Date(NOW + 1).toISOString() },
  });
});

test('replays the same bytes in another process, after a restart and with a rotated pepper', async () => {
  const first = await resolve();
  expect(rotatePepper(opened.pepperPath, systemRandom())).toBe(2);
  await restart();
  expect(await resolve()).toEqual({ outcome: 'replayed', status: 200, body: expect.any(Uint8Array) });
  expect(Buffer.from((await resolve()).body).equals(first.body)).toBe(true);
  await resolve({ idempotencyKey: 'workos-jti:jti_2' });
  expect(records().map(({ pepper_kid }) => pepper_kid)).toEqual([1, 2]);
});

test('replays without a lock and without writing', async () => {
  const first = await resolve();
  using _ = holdWriteLock(opened.path);
  using observer = observe(opened.path);
  const again = await resolve();
  expect([again.outcome, text(again)]).toEqual(['replayed', text(first)]);
  expect(observer.changes()).toEqual(UNCHANGED);
});

test('replaces an expired record of a callback, and never a valid one', async () => {
  await resolve();
  expect((await resolve({ now: NOW + DAY })).outcome).toBe('seen');
  expect(records()).toEqual([expect.objectContaining({ outcome: 'seen', expires_at: NOW + 2 * DAY })]);
  expect((await resolve({ now: NOW + 2 * DAY - 1 })).outcome).toBe('replayed');
});

describe('a key that another user used as well', () => {
  test.each<[Partial<Callback>, Partial<Callback>, string | undefined]>([
    [{ subject: 'user_2' }, {}, 'jti_reused_across_subjects'],
    [{ issuer: 'https://other.example' }, {}, 'jti_reused_across_subjects'],
    [{ subject: 'user_2' }, { idempotencyKey: 'workos-session:x' }, 'sid_reused_across_subjects'],
    [{ now: NOW + DAY }, {}, undefined],
  ])('%o: is said of the second answer, and the first is replayed without', async (second, both, warning) => {
    expect((await resolve(both)).warning).toBeUndefined();
    expect((await resolve({ ...both, ...second })).warning).toBe(warning);
    expect((await resolve({ ...both, ...second })).warning).toBeUndefined();
  });
});

describe('a sweep', () => {
  const copies = (count: number) =>
    execute(
      opened.path,
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
       INSERT INTO callback_records SELECT 'workos-jti:copy-' || i, subject, issuer, member_id, outcome, status, key_public_id,
         body_sealed, body_sha256, seal_version, pepper_kid, created_at, ${NOW} FROM callback_records, n`,
    );

  test.each([1, 499, 500, 501, 1000, 1001])(
    'deletes %i expired records and no others, and empties the log',
    async (count) => {
      await resolve();
      copies(count);
      expect(await opened.store.sweep(NOW)).toBe(count);
      expect(records()).toHaveLength(1);
      expect(statSync(`${opened.path}-wal`).size).toBe(0);
    },
  );

  test('that finds nothing takes no lock', async () => {
    await resolve();
    using _ = holdWriteLock(opened.path);
    expect(await opened.store.sweep(NOW + DAY - 1)).toBe(0);
  });
});

describe('an API key', () => {
  const keyOf = (answer: Resolution) => parseApiKey(bodyOf(answer).default_api_key.secret)!;

  test('opens its own workspace only, and its use is recorded', async () => {
    const ada = await resolve();
    await resolve({ subject: 'user_2', idempotencyKey: 'workos-jti:jti_2' });
    const context = await opened.store.authenticateKey(keyOf(ada), NOW + 7);
    expect(context?.workspace).toEqual({ ...bodyOf(ada).workspace, contact_email: 'ada@example.com' });
    const { id } = bodyOf(ada).default_api_key.api_key;
    const last_used_at = new Date(NOW + 7).toISOString();
    expect(context?.key).toMatchObject({ id, last_used_at });
    expect(query(opened.path, 'SELECT id, last_used_at FROM api_keys WHERE last_used_at IS NOT NULL')).toEqual([
      { id, last_used_at },
    ]);
  });

  test('is rejected once revoked, and its use is not recorded', async () => {
    const text = keyOf(await resolve());
    execute(opened.path, "UPDATE api_keys SET revoked_at = '2026-01-01T00:00:00.000Z'");
    expect(await opened.store.authenticateKey(text, NOW)).toBeUndefined();
    expect(query(opened.path, 'SELECT last_used_at FROM api_keys')).toEqual([{ last_used_at: null }]);
  });

  test('is accepted after a rotation of the pepper, and unreadable without the pepper that made it', async () => {
    const text = keyOf(await resolve());
    rotatePepper(opened.pepperPath, systemRandom());
    await restart();
    expect(await opened.store.authenticateKey(text, NOW)).toBeDefined();
    execute(opened.path, 'UPDATE api_keys SET pepper_kid = 9');
    await expect(opened.store.authenticateKey(text, NOW)).rejects.toMatchObject({ reason: 'record_unreadable' });
  });
});

test('shows a member with the address and the time of the last callback', async () => {
  await resolve();
  await resolve({ idempotencyKey: 'workos-jti:jti_2', email: 'renamed@example.com', now: NOW + 5 });
  const context = await opened.store.memberOf('user_1');
  expect(context?.member).toMatchObject({
    email: 'renamed@example.com',
    created_at: new Date(NOW).toISOString(),
    last_seen_at: new Date(NOW + 5).toISOString(),
  });
  expect(context?.workspace).toEqual({
    id: context?.member.workspace_id,
    name: "ada's Workspace",
    contact_email: 'ada@example.com',
    created_at: new Date(NOW).toISOString(),
  });
});

test('replays in a second process what the first has answered meanwhile', async () => {
  const random = systemRandom();
  const other = openSqliteStore({ path: opened.path, peppers: opened.peppers, random, keyEnvironment: 'preview' });
  try {
    const answers = await Promise.all([resolve(), other.resolveMember(callbackOf())]);
    expect(answers.map(({ outcome }) => outcome).sort()).toEqual(['provisioned', 'replayed']);
    expect(Buffer.from(answers[0].body).equals(answers[1].body)).toBe(true);
    expect(counts(opened.path)).toEqual(ONE_SIGN_IN);
  } finally {
    await other.close();
  }
});

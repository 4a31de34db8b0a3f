/** Whatever a database, a user or a pooler has set, the answers and what is read of them are the same. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, vi } from 'vitest';
import { systemRandom } from '../../../src/machine/random.ts';
import { openAttemptLog, openReadStore, openStore } from '../../../src/store/open.ts';
import { agentPaste } from '../../support/binary.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../support/directory.ts';
import { roleWith, testSchema } from '../../support/postgres.ts';
import { freePort } from '../../support/postgres-server.ts';
import { postgresTest as test } from '../../support/postgres-test.ts';
import { callbackOf, NOW } from '../../support/store.ts';
import { POSTGRES_URL } from '../../support/stored.ts';
import { attemptOf } from '../contract-state.ts';

const SETTINGS = [
  "datestyle = 'German, DMY'",
  "bytea_output = 'escape'",
  "timezone = 'Pacific/Kiritimati'",
  "default_transaction_isolation = 'serializable'",
  "default_transaction_isolation = 'repeatable read'",
  'synchronous_commit = off',
  'standard_conforming_strings = off',
  "intervalstyle = 'sql_standard'",
  'extra_float_digits = 0',
  "search_path = 'pg_catalog'",
  "lc_messages = 'C'",
  'plan_cache_mode = force_generic_plan',
];

/** What a caller would notice: answers at once and again, pages, an audit, and a sweep. */
async function worksOver(database: string, directory: TemporaryDirectory): Promise<void> {
  const peppers = join(directory.path, 'peppers.json');
  const random = systemRandom();
  const warnings: string[] = [];
  const opened = await openStore({ database, peppers, random, keyEnvironment: 'preview', poolSize: 6 });
  const { store } = opened;
  const attempts = await openAttemptLog(database, (text) => warnings.push(text));
  const reads = await openReadStore({ database, users: join(directory.path, 'users.db') }, (text) =>
    warnings.push(text),
  );
  try {
    const answers = await Promise.all(
      Array.from({ length: 24 }, (_, n) => store.resolveMember(callbackOf({ idempotencyKey: `workos-jti:${n % 12}` }))),
    );
    const secrets = new Set(
      answers.map(({ body }) => JSON.parse(Buffer.from(body).toString()).default_api_key?.secret).filter(Boolean),
    );
    expect(secrets.size).toBe(1);
    const again = await store.resolveMember(callbackOf({ idempotencyKey: 'workos-jti:3', email: 'x@example.com' }));
    expect(again.outcome).toBe('replayed');
    const known = await store.memberOf('user_1');
    expect(known?.member).toMatchObject({
      created_at: '2026-01-01T00:00:00.000Z',
      scopes: ['publish', 'read', 'admin'],
    });
    attempts.record(attemptOf(2, { received: 'a\0b\ud800' }));
    await attempts.flush();
    const { items } = await reads.list('callbacks', { limit: 9, since: NOW });
    expect(items).toMatchObject([{ ...attemptOf(2), received: 'a\u2400b\ufffd' }]);
    expect((await reads.list('records', { limit: 99 })).items[0]).toMatchObject({
      created_at: '2026-01-01T00:00:00.000Z',
      expires_at: '2026-01-02T00:00:00.000Z',
      body_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    for await (const { id, result } of reads.audit(opened.peppers)) expect(result, id).toBe('kept');
    expect(await store.sweep(NOW + 2 * 86_400_000)).toBe(12);
  } finally {
    await reads[Symbol.asyncDispose]();
    await attempts.close();
    await store.close();
  }
}

/** By the owner, as servers do whose user may make no tables. */
async function tablesFor(database: string, directory: string): Promise<void> {
  const options = {
    peppers: join(directory, 'peppers.json'),
    random: systemRandom(),
    keyEnvironment: 'preview',
  } as const;
  await (await openStore({ ...options, database })).store.close();
}

describe('a user with the setting', () => {
  test.each(SETTINGS)('%s', async (setting) => {
    await using schema = testSchema();
    using directory = temporaryDirectory();
    await tablesFor(schema.url, directory.path);
    await using role = await roleWith(setting, schema.schema);
    await worksOver(role.url, directory);
  });
});

test('what the environment has for other programs of PostgreSQL changes nothing', async () => {
  await using schema = testSchema();
  using directory = temporaryDirectory();
  for (const env of [
    { PGSSLNEGOTIATION: 'direct' },
    { PGSSLNEGOTIATION: 'nonsense' },
    { PGOPTIONS: '-c nonsense=1' },
    { PGOPTIONS: '-c default_transaction_read_only=on' },
    { PGREPLICATION: 'database' },
    { PGSSLMODE: 'require', PGHOST: 'no-such-host.invalid', PGPORT: '1', PGDATABASE: 'none', PGUSER: 'none' },
    { PGCLIENTENCODING: 'LATIN1', PGCLIENT_ENCODING: 'LATIN1', PGBINARY: '1', PGTZ: 'Asia/Kathmandu' },
  ])
    for (const args of [['migrate'], ['inspect', 'members', '--json']]) {
      const { code, stderr } = await agentPaste([...args, '--db', schema.url], { cwd: directory.path, env });
      expect([code, stderr], JSON.stringify(env)).toEqual([0, '']);
    }
});

test('servers that start at once make one schema', async () => {
  await using schema = testSchema();
  using directory = temporaryDirectory();
  const peppers = join(directory.path, 'peppers.json');
  const open = () => openStore({ database: schema.url, peppers, random: systemRandom(), keyEnvironment: 'preview' });
  const opened = await Promise.all(Array.from({ length: 12 }, open));
  for (const { store } of opened) await store.close();
  expect(await schema.query("SELECT count(*)::int AS n FROM meta WHERE name = 'database_id'")).toEqual([{ n: 1 }]);
});

/** Where Debian and others put it. */
const PGBOUNCER = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer'].find((path) => existsSync(path));

(PGBOUNCER === undefined ? test.skip : test)('PgBouncer in transaction mode', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'agent-paste-pgbouncer-'));
  const port = await freePort();
  const target = new URL(POSTGRES_URL);
  writeFileSync(
    join(directory, 'pgbouncer.ini'),
    `[databases]
${target.pathname.slice(1)} = user=${target.username || 'postgres'} host=${target.hostname} port=${target.port || 5432}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 4
`,
  );
  const isRoot = process.getuid?.() === 0;
  if (isRoot) for (const path of [directory, join(directory, 'pgbouncer.ini')]) chownSync(path, 65_534, 65_534);
  const program = [PGBOUNCER as string, join(directory, 'pgbouncer.ini')];
  const [command = '', ...args] = isRoot
    ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', ...program]
    : program;
  const pooler = spawn(command, args, { stdio: 'ignore' });
  const exited = once(pooler, 'exit');
  try {
    await vi.waitFor(() => reached(port), { timeout: 10_000 });
    await using schema = testSchema();
    const url = new URL(schema.url);
    url.port = String(port);
    using state = temporaryDirectory();
    await worksOver(url.href, state);
  } finally {
    pooler.kill('SIGKILL');
    await exited;
    rmSync(directory, { recursive: true, force: true });
  }
});

async function reached(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
  } finally {
    socket.destroy();
  }
}

/** Passwords and certificates: who the server is, and who asks it. */
import { execFileSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, test as always, beforeAll, expect } from 'vitest';
import { STEPS } from '../../../src/store/postgres/schema.ts';
import { command } from '../../support/command.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { HAS_POSTGRES_PROGRAMS, type PostgresServer, postgresServer } from '../../support/postgres-server.ts';

const test = HAS_POSTGRES_PROGRAMS && hasOpenssl() ? always : always.skip;

let certificates: string;
let server: PostgresServer;

beforeAll(async () => {
  if (!HAS_POSTGRES_PROGRAMS || !hasOpenssl()) return;
  certificates = mkdtempSync(join(tmpdir(), 'agent-paste-certificates-'));
  if (process.getuid?.() === 0) chownSync(certificates, 65_534, 65_534);
  for (const [name, host] of Object.entries({ good: 'localhost', foreign: 'localhost' })) {
    const files = ['-keyout', join(certificates, `${name}.key`), '-out', join(certificates, `${name}.pem`)];
    const subject = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`, '-days', '2'];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...files, ...subject], {
      stdio: 'ignore',
    });
    if (process.getuid?.() === 0) chownSync(join(certificates, `${name}.key`), 65_534, 65_534);
  }
  server = await postgresServer(
    { ssl: 'on', ssl_cert_file: join(certificates, 'good.pem'), ssl_key_file: join(certificates, 'good.key') },
    'host all postgres 127.0.0.1/32 trust\nhostssl all ada 127.0.0.1/32 scram-sha-256\nhostssl all ada ::1/128 scram-sha-256\n',
  );
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await client.query("CREATE ROLE ada LOGIN PASSWORD 'pä ss/w%rd'; GRANT CREATE ON DATABASE postgres TO ada");
  await client.end();
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  if (certificates !== undefined) rmSync(certificates, { recursive: true, force: true });
});

const PASSWORD = 'pä ss/w%rd';
const url = (options: string, host = 'localhost') => `postgres://ada@${host}:${server.port}/postgres?${options}`;
const rooted = (name: string) => `sslmode=verify-full&sslrootcert=${join(certificates, `${name}.pem`)}`;

/** `migrate` opens one connection, and says how it went. */
async function migrate(database: string, env: Record<string, string> = {}) {
  using here = temporaryDirectory();
  const { code, stdout, stderr } = await command(['migrate', '--db', database], { cwd: here.path, env });
  expect(stdout + stderr).not.toContain(PASSWORD);
  return { code, stderr };
}

test('a verified server takes the password of the environment', async () => {
  expect(await migrate(url(rooted('good')), { PGPASSWORD: PASSWORD })).toEqual({ code: 0, stderr: '' });
  const written = url(rooted('good')).replace('ada@', `ada:${encodeURIComponent(PASSWORD)}@`);
  using here = temporaryDirectory();
  const { code, stdout } = await command(['migrate'], { cwd: here.path, env: { AGENT_PASTE_DB: written } });
  expect([code, stdout]).toEqual([0, `${url(rooted('good'))} had version ${STEPS.length}\n`]);
});

test('a password file is read', async () => {
  using here = temporaryDirectory();
  const file = join(here.path, 'passfile');
  writeFileSync(file, `localhost:*:*:ada:${PASSWORD}\n`, { mode: 0o600 });
  process.env.PGPASSFILE = file; // the driver looks there itself
  try {
    expect(await migrate(url(rooted('good')))).toEqual({ code: 0, stderr: '' });
  } finally {
    delete process.env.PGPASSFILE;
  }
});

test('a wrong password, and none, are refused credentials', async () => {
  const wrong = await migrate(url(rooted('good')), { PGPASSWORD: 'wrong' });
  expect([wrong.code, wrong.stderr]).toEqual([4, expect.stringMatching(/password authentication failed.*28P01/)]);
  const none = await migrate(url(rooted('good')));
  expect([none.code, none.stderr]).toEqual([4, expect.stringMatching(/the server asks for a password/)]);
});

test('a server with another certificate, or under another name, gets no password', async () => {
  for (const options of [rooted('foreign'), 'sslmode=require']) {
    const { code, stderr } = await migrate(url(options), { PGPASSWORD: PASSWORD });
    expect([code, stderr], options).toEqual([3, expect.stringMatching(/certificate/)]);
  }
  const byAddress = await migrate(url(rooted('good'), '127.0.0.1'), { PGPASSWORD: PASSWORD });
  expect([byAddress.code, byAddress.stderr]).toEqual([3, expect.stringMatching(/altnames|certificate/i)]);
});

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Servers on several hosts: a state directory each, one database, one pepper, and clocks that differ. */

import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { STEPS } from '../../../src/store/postgres/schema.ts';
import { agentPaste, type ServerProcess, serverProcess } from '../../support/binary.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { roleWith, testSchema } from '../../support/postgres.ts';
import { postgresTest as test } from '../../support/postgres-test.ts';

const KEY = 'sk_test_local';

interface Host {
  readonly directory: string;
  readonly env?: Record<string, string>;
  readonly flags?: readonly string[];
}

const serve = (db: string, { directory, env = {}, flags = [] }: Host) =>
  serverProcess(['--db', db, '--log', 'off', '--state-dir', join(directory, 'state'), ...flags], {
    cwd: directory,
    env,
  });

const mint = async (directory: string, email: string, ...more: string[]) =>
  (await agentPaste(['mint', '--email', email, '--state-dir', join(directory, 'state'), ...more])).stdout.trim();

async function post({ ready }: ServerProcess, token: string) {
  const response = await fetch(ready.callback_url, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
  return {
    status: response.status,
    text: await response.text(),
    replayed: response.headers.get('idempotency-replayed'),
  };
}

/** Of a host that plays WorkOS: what others are told. */
const at = ({ ready }: ServerProcess): Record<string, string> => ({
  WORKOS_API_BASE_URL: ready.url,
  WORKOS_API_KEY: KEY,
});

test('answer alike with the pepper of the environment or of a mounted file, also five minutes apart', async () => {
  await using schema = testSchema();
  using one = temporaryDirectory();
  using two = temporaryDirectory();
  using three = temporaryDirectory();
  await using first = await serve(schema.url, { directory: one.path });
  const peppers = readFileSync(join(one.path, 'state/peppers.json'), 'utf8');
  const mounted = join(three.path, 'mounted.json');
  writeFileSync(mounted, peppers, { mode: 0o440 });
  const ahead = `data:text/javascript,${encodeURIComponent('const { now } = Date; Date.now = () => now() + 300_000;')}`;
  const told = { ...at(first), AGENT_PASTE_PEPPERS: peppers };
  await using second = await serve(schema.url, { directory: two.path, env: told });
  await using third = await serve(schema.url, {
    directory: three.path,
    env: { ...at(first), NODE_OPTIONS: `--import=${ahead}` },
    flags: ['--peppers', mounted],
  });
  const token = await mint(one.path, 'ada@example.com', '--expires-in', '1h');
  const answers = await Promise.all([first, second, third].flatMap((host) => [post(host, token), post(host, token)]));
  expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
  expect(answers[0]?.status).toBe(200);
  const later = await post(third, await mint(one.path, 'ada@example.com', '--expires-in', '1h'));
  expect(JSON.parse(later.text).default_api_key).toBeNull();
  const secret = JSON.parse(answers[0]?.text ?? '').default_api_key.secret;
  for (const { ready } of [first, second, third])
    expect((await fetch(`${ready.url}/v1/whoami`, { headers: { authorization: `Bearer ${secret}` } })).status).toBe(
      200,
    );
});

test.each([
  ['another pepper', { peppers: [{ kid: 1, key: Buffer.alloc(32, 7).toString('base64url') }] }, /number 1 differs/],
  ['no pepper', { peppers: [] }, /AGENT_PASTE_PEPPERS lists no peppers/],
  [
    'a current number that is not there',
    { peppers: [{ kid: 1, key: Buffer.alloc(32).toString('base64url') }], current: 2 },
    /current number/,
  ],
])('refuse %s', async (_, peppers, problem) => {
  await using schema = testSchema();
  using one = temporaryDirectory();
  using two = temporaryDirectory();
  await using _first = await serve(schema.url, { directory: one.path });
  const env = { AGENT_PASTE_PEPPERS: JSON.stringify(peppers) };
  const { code, stderr } = await agentPaste(['serve', '--port', '0', '--db', schema.url], { cwd: two.path, env });
  expect([code, stderr]).toEqual([7, expect.stringMatching(problem)]);
  expect(stderr).not.toContain('BwcHBwcH');
});

test('refuse a mounted file that every user may read', async () => {
  await using schema = testSchema();
  using here = temporaryDirectory();
  const file = join(here.path, 'mounted.json');
  writeFileSync(file, JSON.stringify({ peppers: [{ kid: 1, key: Buffer.alloc(32).toString('base64url') }] }));
  chmodSync(file, 0o444);
  const serving = ['serve', '--port', '0', '--db', schema.url, '--peppers', file];
  expect(await agentPaste(serving, { cwd: here.path })).toMatchObject({
    code: 7,
    stderr: expect.stringMatching(/read by every user/),
  });
});

test('rotate the pepper in two steps: every host knows the number before one uses it', async () => {
  await using schema = testSchema();
  using here = temporaryDirectory();
  const [old, fresh] = [1, 2].map((kid) => ({ kid, key: Buffer.alloc(32, kid).toString('base64url') }));
  const serving = (content: unknown) =>
    serve(schema.url, { directory: here.path, env: { AGENT_PASTE_PEPPERS: JSON.stringify(content) } });
  const kids = () => schema.query('SELECT pepper_kid FROM callback_records ORDER BY seq');
  const steps = [{ peppers: [old] }, { peppers: [old, fresh], current: 1 }, { peppers: [old, fresh] }];
  const tokens: string[] = [];
  const texts: string[] = [];
  for (const [n, step] of steps.entries()) {
    await using host = await serving(step);
    tokens.push(await mint(here.path, `user-${n}@example.com`, '--expires-in', '1h'));
    texts.push((await post(host, tokens[n] ?? '')).text);
    for (const [m, token] of tokens.entries()) expect((await post(host, token)).text).toBe(texts[m]);
  }
  expect(await kids()).toEqual([{ pepper_kid: 1 }, { pepper_kid: 1 }, { pepper_kid: 2 }]);
});

test('serve with a user who may change no table, once the owner has made them', async () => {
  await using schema = testSchema();
  using here = temporaryDirectory();
  const migrate = (url: string) => agentPaste(['migrate', '--json', '--db', url], { cwd: here.path });
  expect(JSON.parse((await migrate(schema.url)).stdout)).toMatchObject({ version: STEPS.length, changed: true });
  expect(JSON.parse((await migrate(schema.url)).stdout)).toMatchObject({ version: STEPS.length, changed: false });
  await using role = await roleWith(undefined, schema.schema);
  await using host = await serve(role.url, { directory: here.path });
  expect((await post(host, await mint(here.path, 'ada@example.com'))).status).toBe(200);
  expect(await (await fetch(`${host.ready.url}/readyz`)).json()).toEqual({ status: 'ok' });
  await schema.query('ALTER TABLE meta RENAME TO another');
  const gone = await fetch(`${host.ready.url}/readyz`);
  expect([gone.status, ((await gone.json()) as { error: { reason: string } }).error.reason]).toEqual([
    503,
    'database_corrupt',
  ]);
  expect((await fetch(`${host.ready.url}/healthz`)).status).toBe(200);
});

test('of 16 processes that migrate at once, one changes the tables', async () => {
  using here = temporaryDirectory();
  await using schema = testSchema();
  const all = await Promise.all(
    Array.from({ length: 16 }, () => agentPaste(['migrate', '--json', '--db', schema.url], { cwd: here.path })),
  );
  expect(all.map(({ code }) => code)).toEqual(Array.from({ length: 16 }, () => 0));
  expect(all.filter(({ stdout }) => JSON.parse(stdout).changed)).toHaveLength(1);
});

test('migrate refuses a file', async () => {
  using here = temporaryDirectory();
  const { code, stderr } = await agentPaste(['migrate', '--db', 'paste.db'], { cwd: here.path });
  expect([code, stderr]).toEqual([2, expect.stringMatching(/paste\.db is not a PostgreSQL database/)]);
});

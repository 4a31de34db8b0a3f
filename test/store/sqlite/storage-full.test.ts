import { spawnSync } from 'node:child_process';
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemRandom } from '../../../src/machine/random.ts';
import { LOCAL_API_KEY, LOCAL_CLIENT_ID, WORKOS_ISSUER } from '../../../src/machine/settings.ts';
import { statePaths } from '../../../src/machine/state-directory.ts';
import { openDirectory } from '../../../src/store/sqlite/users.ts';
import { openKeyring } from '../../../src/workos/keys/keyring.ts';
import { mintToken } from '../../../src/workos/tokens/mint.ts';
import { newUser } from '../../../src/workos/users.ts';
import { agentPaste, serverProcess } from '../../support/binary.ts';
import { counts } from '../../support/database.ts';
import { temporaryDirectory } from '../../support/directory.ts';

/** A disk of the server's own, which goes away with it: a tmpfs in a mount namespace. */
const SMALL_DISK = [
  'unshare',
  '-rm',
  'sh',
  '-c',
  'mount -t tmpfs -o size=2m,mode=700 tmpfs "$DISK" && exec "$@"',
  'sh',
];

const canMount =
  process.platform === 'linux' &&
  spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs tmpfs /tmp'], { stdio: 'ignore' }).status === 0;

/** Writes until nothing more fits. */
function fill(path: string): void {
  for (const size of [65_536, 4096, 1]) {
    try {
      for (;;) appendFileSync(path, Buffer.alloc(size, 1));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
}

test.skipIf(!canMount)(
  'answers 503 storage_full on a full disk (needs unshare and tmpfs), serves replays, and recovers with space',
  async () => {
    using mountPoint = temporaryDirectory();
    await using server = await serverProcess(['--state-dir', mountPoint.path, '--log', 'off'], {
      env: { DISK: mountPoint.path },
      wrapper: SMALL_DISK,
    });
    const disk = join('/proc', String(server.child.pid), 'root', mountPoint.path);
    const paths = statePaths(disk);
    const [random, now] = [systemRandom(), Date.now()];
    const keyring = openKeyring(paths.signingKeys);
    const mint = (sub: string) =>
      mintToken({ issuer: WORKOS_ISSUER, clientId: LOCAL_CLIENT_ID, sub }, { keyring, now, random }).token;
    const post = async (token: string) => {
      const response = await fetch(server.ready.callback_url, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
      });
      return { status: response.status, text: await response.text() };
    };
    const addUser = async (email: string): Promise<string> => {
      const response = await fetch(`${server.ready.url}/user_management/users`, {
        method: 'POST',
        headers: { authorization: `Bearer ${LOCAL_API_KEY}`, 'content-type': 'application/json' },
        body: JSON.stringify({ email }),
      });
      return ((await response.json()) as { id: string }).id;
    };
    const ids = await Promise.all(Array.from({ length: 40 }, (_, index) => addUser(`user_${index}@example.com`)));

    const known = mint(ids[0]!);
    const first = await post(known);
    expect(first.status).toBe(200);
    const ballast = join(disk, 'ballast');
    fill(ballast);

    const tokens = ids.slice(1).map(mint);
    const answers = [];
    for (const token of tokens) answers.push(await post(token));
    const refused = answers.findIndex(({ status }) => status === 503);
    expect(refused).toBeGreaterThanOrEqual(0);
    expect(JSON.parse(answers[refused]!.text).error).toMatchObject({
      code: 'database_unavailable',
      reason: 'storage_full',
    });
    const good = 1 + answers.filter(({ status }) => status === 200).length;
    expect(good + answers.filter(({ status }) => status === 503).length).toBe(ids.length);
    // SQLite would resolve the path out of the namespace, so it looks at a copy.
    using copy = temporaryDirectory();
    for (const suffix of ['', '-wal'])
      writeFileSync(join(copy.path, `x.db${suffix}`), readFileSync(`${paths.database}${suffix}`));
    expect(counts(join(copy.path, 'x.db'))).toEqual({
      workspaces: good,
      members: good,
      keys: good,
      events: 2 * good,
      records: good,
    });
    expect(await post(known)).toEqual(first);

    rmSync(ballast);
    const healed = await post(tokens[refused]!);
    expect(healed.status).toBe(200);
    expect(JSON.parse(healed.text).default_api_key.secret).toMatch(/^ap_pk_/);
    expect(await post(known)).toEqual(first);
  },
);

test('answers 503 at a limit on the size of files (ulimit), keeps no partial rows, and serves replays', async () => {
  using directory = temporaryDirectory();
  // 512-byte blocks: what a new database needs fits, many sign-ins do not.
  await using server = await serverProcess(['--state-dir', directory.path, '--log', 'off'], {
    wrapper: ['sh', '-c', 'ulimit -f 700 && exec "$@"', 'sh'],
  });
  const paths = statePaths(directory.path);
  const [random, now] = [systemRandom(), Date.now()];
  const keyring = openKeyring(paths.signingKeys);
  const users = openDirectory(paths.users);
  const answers = [];
  let first: { token: string; text: string } | undefined;
  for (let index = 0; index < 60; index++) {
    const sub = `user_${index}`;
    users.add(newUser(sub, `${sub}@example.com`, new Date(now).toISOString()));
    const { token } = mintToken({ issuer: WORKOS_ISSUER, clientId: LOCAL_CLIENT_ID, sub }, { keyring, now, random });
    const response = await fetch(server.ready.callback_url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    });
    const text = await response.text();
    answers.push({ status: response.status, reason: JSON.parse(text).error?.reason });
    first ??= { token, text };
  }
  users.close();
  const good = answers.filter(({ status }) => status === 200).length;
  expect(good).toBeGreaterThan(0);
  expect(answers.at(-1)).toEqual({ status: 503, reason: 'database_io' });
  expect(counts(paths.database)).toMatchObject({ members: good, keys: good, events: 2 * good, records: good });
  const replay = await fetch(server.ready.callback_url, {
    method: 'POST',
    headers: { authorization: `Bearer ${first!.token}` },
  });
  expect(await replay.text()).toBe(first!.text);
});

test('a file that must not grow ends each command as one that cannot be written, and never as a damaged one', async () => {
  using directory = temporaryDirectory();
  const options = { cwd: directory.path };
  const server = await serverProcess([], options);
  const { stdout } = await agentPaste(['mint'], options);
  const headers = { authorization: `Bearer ${stdout.trim()}` };
  expect((await fetch(server.ready.callback_url, { method: 'POST', headers })).status).toBe(200);
  await server.kill();
  // What SQLite recovers after a kill is larger than that.
  const wrapper = ['sh', '-c', 'ulimit -f 8 && exec "$@"', 'sh'];
  for (const args of [
    ['serve', '--port', '0'],
    ['users', 'add', 'x@example.com'],
    ['users', 'list'],
    ['mint', '--email', 'x@example.com'],
    ['sweep'],
    ['inspect', 'members'],
    ['inspect', '--audit'],
  ]) {
    const { code, stderr } = await agentPaste([...args, '--json'], { ...options, wrapper });
    expect({ args, code, said: JSON.parse(stderr).error?.code }).toEqual({ args, code: 7, said: 'state_unwritable' });
  }
  const doctor = await agentPaste(['doctor', '--port', '0'], { ...options, wrapper });
  expect(doctor.code).toBe(1);
  expect(doctor.stdout).not.toContain('Restore a backup, or move the file away');
  expect(await agentPaste(['inspect', '--audit'], options)).toMatchObject({ code: 0 });
});

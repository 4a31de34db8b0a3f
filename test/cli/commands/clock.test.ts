/** A state with a clock of its own: everything that judges or writes a time goes by it, and it moves on demand. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { agentPaste, serverProcess } from '../../support/binary.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../support/directory.ts';
import { codeFor, exchange, refresh } from '../../support/sign-in.ts';
import { databaseEnvironment } from '../../support/stored.ts';

const AT = '2030-01-31T12:00:00.000Z';

let directory: TemporaryDirectory;
beforeEach(() => {
  directory = temporaryDirectory();
});
afterEach(() => directory[Symbol.dispose]());

/** In the directory of the test, where the state is as well. */
const run = (...args: string[]) => runWith({}, ...args);
const runWith = (env: Record<string, string>, ...args: string[]) =>
  agentPaste(args, { cwd: directory.path, env: { ...databaseEnvironment(directory.path), ...env } });
const serve = (...args: string[]) =>
  serverProcess(args, { cwd: directory.path, env: databaseEnvironment(directory.path) });
const said = async (...args: string[]) => JSON.parse((await run(...args, '--json')).stdout);

async function mint(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run('mint', '--email', 'ada@example.com', ...args);
  expect([code, stderr]).toEqual([0, '']);
  return stdout.trim();
}

async function post(url: string, token: string) {
  const answer = await fetch(url, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
  const { error, workspace_member: member } = (await answer.json()) as {
    error?: { reason: string };
    workspace_member?: { last_seen_at: string };
  };
  const isReplay = answer.headers.get('idempotency-replayed') === 'true';
  return { status: answer.status, reason: error?.reason, lastSeen: member?.last_seen_at, isReplay };
}

describe('serve --clock', () => {
  test('stands still: tokens, rows, keys, users and the log have its time', async () => {
    await using server = await serve('--clock', '2030-01-31T12:00Z');
    expect(server.ready.clock).toBe(AT);
    const token = await mint();
    expect(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())).toMatchObject({
      iat: Date.parse(AT) / 1000,
      exp: Date.parse(AT) / 1000 + 300,
    });
    expect(await post(server.ready.callback_url, token)).toMatchObject({ status: 200, lastSeen: AT });
    const { keys } = await said('keys', 'rotate');
    expect(keys[0].created_at.slice(0, 16)).toBe(AT.slice(0, 16));
    const { user } = await said('users', 'add', 'grace@example.com');
    expect(user.created_at).toBe(AT);
    await expect
      .poll(async () => (await said('inspect', 'callbacks', '--since', '1m')).items)
      .toMatchObject([{ at: AT }]);
    expect(server.stderr()).toContain('12:00:00');
    expect((await run('explain', token)).code).toBe(0);
  });

  test('expires a token when it is advanced, and not before', async () => {
    await using server = await serve('--clock', '2030-01-31T12:00Z');
    const token = await mint();
    expect(await run('clock', 'advance', '299s')).toMatchObject({ code: 0, stdout: '2030-01-31T12:04:59.000Z\n' });
    expect((await post(server.ready.callback_url, token)).status).toBe(200);
    expect((await said('clock', 'advance', '1s')).now).toBe('2030-01-31T12:05:00.000Z');
    expect(await post(server.ready.callback_url, token)).toMatchObject({ status: 401, reason: 'expired' });
    expect((await run('explain', token)).code).toBe(1);
    expect((await post(server.ready.callback_url, await mint())).status).toBe(200);
  });

  test('ends a record after its TTL, and a sweep drops it', async () => {
    await using server = await serve('--clock', '+0s', '--idempotency-ttl', '1h');
    const send = async () => post(server.ready.callback_url, await mint('--jti', 'jti_1'));
    expect(await send()).toMatchObject({ status: 200, isReplay: false });
    await run('clock', 'advance', '50m');
    expect(await send()).toMatchObject({ status: 200, isReplay: true });
    await run('clock', 'advance', '11m');
    expect((await said('inspect', 'records')).items).toMatchObject([{ expired: true }]);
    expect((await said('sweep')).dropped).toBe(1);
    expect(await send()).toMatchObject({ status: 200, isReplay: false });
  });

  test('ends a session of the sign-in, and the grace of its refresh tokens', async () => {
    await using server = await serve('--clock', '2030-01-31', '--session-lifetime', '7d', '--refresh-grace', '30s');
    const { url } = server.ready;
    const first = (await exchange(url, await codeFor(url, 'ada@example.com'))).body.refresh_token;
    const second = (await refresh(url, first)).body.refresh_token;
    expect((await refresh(url, first)).status).toBe(200);
    await run('clock', 'advance', '31s');
    expect((await refresh(url, first)).body.error).toBe('invalid_grant');
    const third = (await refresh(url, second)).body.refresh_token;
    await run('clock', 'advance', '7d');
    expect((await refresh(url, third)).body.error).toBe('invalid_grant');
    expect((await said('inspect', 'sessions')).items).toMatchObject([{ status: 'expired' }]);
  });

  test('comes from the environment or the configuration file too, also for commands before the server', async () => {
    const env = { AGENT_PASTE_CLOCK: '2030-01-31T12:00Z' };
    const { stdout } = await runWith(env, 'mint', '--json');
    expect(JSON.parse(stdout).tokens[0].claims.iat).toBe(Date.parse(AT) / 1000);
    writeFileSync(join(directory.path, 'agent-paste.config.yaml'), 'clock: +1h\n');
    await using server = await serve();
    expect(server.ready.clock).toBe('+1h');
    // The server decides, not what its neighbour has in its environment.
    const beside = await runWith(env, 'clock', 'show', '--json');
    expect(JSON.parse(beside.stdout).clock).toBe('+1h');
  });

  test('is refused where tokens are signed elsewhere', async () => {
    const env = { WORKOS_API_KEY: 'sk_test_x' };
    expect(await runWith(env, 'serve', '--clock', '+1h', '--workos-api-url', 'http://127.0.0.1:1')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--workos-api-url names another place'),
    });
    expect(existsSync(join(directory.path, '.agent-paste'))).toBe(false);
    expect((await run('serve', '--clock', '+1h', '--jwks-url', 'http://127.0.0.1:1/jwks')).code).toBe(2);
  });

  test('is shared by a second server of the state, and outlives the first', async () => {
    const first = await serve('--clock', '+1h');
    expect(await run('serve', '--port', '0', '--clock', '+2h')).toMatchObject({
      code: 6,
      stderr: expect.stringContaining('is +1h already, not +2h'),
    });
    await using second = await serve();
    expect(second.ready.clock).toBe('+1h');
    await first.kill();
    expect((await said('clock', 'advance', '30m')).clock).toBe('+90m');
    expect((await post(second.ready.callback_url, await mint())).status).toBe(200);
    expect((await said('status')).clock).toBe('+90m');
  });

  test('is forgotten with a server that was killed', async () => {
    const server = await serve('--clock', '+1000d');
    await server.kill();
    expect(await run('clock', 'show')).toMatchObject({ code: 3, stdout: '' });
    const status = await said('status');
    expect(status.running).toBe(false);
    expect(status).not.toHaveProperty('clock');
    const { tokens } = await said('mint');
    expect(tokens[0].claims.iat).toBeLessThan(Date.now() / 1000 + 1);
    await using next = await serve();
    expect(next.ready).not.toHaveProperty('clock');
  });

  test('is told by doctor, and refused by check where it stands still', async () => {
    await using server = await serve('--clock', '2030-01-31T12:00Z');
    const { findings } = await said('doctor', '--port', '0');
    expect(findings).toContainEqual({
      code: 'state_clock',
      severity: 'ok',
      message: `${AT}: the running server goes by 2030-01-31 12:00:00Z`,
    });
    expect(await run('check', '--url', server.ready.url)).toMatchObject({
      code: 6,
      stderr: expect.stringContaining('a check needs one that runs'),
    });
  });
});

describe('agent-paste clock', () => {
  test('adds up what many processes advance at once', async () => {
    await using _server = await serve('--clock', '2030-01-31T12:00Z');
    const codes = await Promise.all(Array.from({ length: 8 }, () => run('clock', 'advance', '1m')));
    expect(codes.map(({ code }) => code)).toEqual(Array.from({ length: 8 }, () => 0));
    expect(await said('clock', 'show')).toEqual({
      schema_version: 1,
      now: '2030-01-31T12:08:00.000Z',
      clock: '2030-01-31T12:08:00.000Z',
    });
  });

  test('never moves back', async () => {
    await using _server = await serve('--clock', '2030-01-31T12:00Z');
    for (const earlier of ['2030-01-31T11:59:59Z', '+1h'])
      expect(await run('clock', 'set', earlier)).toMatchObject({
        code: 6,
        stdout: '',
        stderr: expect.stringContaining(`the clock shows ${AT}`),
      });
    expect(await run('clock', 'set', '2030-01-31T12:00Z')).toMatchObject({ code: 0, stdout: `${AT}\n` });
    expect((await said('clock', 'set', '+3650d')).clock).toBe('+3650d');
  });

  test('says what to do about a server without a clock, and beside one', async () => {
    await using server = await serve();
    expect(server.ready).not.toHaveProperty('clock');
    expect(await said('clock', 'show')).toMatchObject({ clock: null });
    for (const args of [
      ['set', '+1h'],
      ['advance', '1h'],
    ])
      expect(await run('clock', ...args)).toMatchObject({
        code: 6,
        stderr: expect.stringContaining('Start it with --clock +0s to move its clock.'),
      });
    expect(await run('serve', '--port', '0', '--clock', '+1h')).toMatchObject({
      code: 6,
      stderr: expect.stringContaining('is in use by the time of this machine'),
    });
  });

  test('makes nothing where no server runs', async () => {
    for (const args of [['show'], ['set', '+1h'], ['advance', '1h']])
      expect(await run('clock', ...args)).toMatchObject({
        code: 3,
        stderr: expect.stringContaining('agent-paste serve --clock +0s'),
      });
    expect(existsSync(join(directory.path, '.agent-paste'))).toBe(false);
  });

  test.each([
    ['set', '1h'],
    ['set', ''],
    ['advance', '10'],
    ['advance', '-1m'],
    ['advance', '0s'],
    ['advance'],
    ['back', '1h'],
    [],
  ])('refuses %j as usage', async (...args) => {
    expect((await run('clock', ...(args as string[]))).code).toBe(2);
  });
});

test('exec --clock moves the server of its command, and what the command mints', async () => {
  const binary = `"${process.execPath}" "${process.env.AGENT_PASTE_TEST_BINARY}"`;
  const script = `${binary} clock advance 2m --json && ${binary} mint --json && ${binary} replay --email eve@example.com --times 2`;
  const { code, stdout } = await run('exec', '--clock', '2030-01-31T12:00Z', '--', 'sh', '-c', script);
  const [clock = '', minted = ''] = stdout.split('\n');
  expect(code).toBe(0);
  expect(JSON.parse(clock).now).toBe('2030-01-31T12:02:00.000Z');
  expect(JSON.parse(minted).tokens[0].claims.iat).toBe(Date.parse('2030-01-31T12:02Z') / 1000);
});

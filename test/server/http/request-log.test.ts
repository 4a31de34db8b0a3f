import { describe, expect, test } from 'vitest';
import { serverProcess } from '../../support/binary.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { fleet } from '../../support/fleet.ts';
import { rawRequest } from '../../support/raw-socket.ts';
import { type TestServer, testServer } from '../../support/server.ts';

const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

describe.each(['pretty', 'json'])('--log %s', (form) => {
  test('writes one printable line per request, with the path and without the query', async () => {
    using directory = temporaryDirectory();
    await using server = await serverProcess(['--state-dir', directory.path, '--log', form]);
    const targets = [
      '/healthz?access_token=canary-query',
      '/line%0d%0abreak',
      '/colour%1b[31m',
      '/turned%e2%80%ae',
      '/separated%e2%80%a8line',
      `/long${'a'.repeat(5000)}`,
    ];
    for (const target of targets) {
      await rawRequest(server.ready.port, {
        target,
        lines: [
          'Authorization: Bearer canary-token',
          'Cookie: session=canary-cookie',
          'X-Request-Id: canary request',
          'User-Agent: canary-agent',
          'Referer: http://canary-referer/',
          'X-Forwarded-For: canary-address',
        ],
      });
    }
    expect(await server.stop()).toBe(0);

    const lines = server
      .stderr()
      .split('\n')
      .filter((line) => /\/(healthz|line|colour|turned|separated|long)/.test(line));
    expect(lines.length).toBe(targets.length);
    for (const line of lines) {
      expect(line).not.toMatch(UNPRINTABLE);
      expect(line).not.toContain('canary');
      expect(line.length).toBeLessThan(500);
    }
    if (form === 'json') {
      expect(JSON.parse(lines[0] ?? '')).toEqual({
        time: expect.stringMatching(/^\d{4}-.*Z$/),
        request_id: expect.stringMatching(/^req_/),
        method: 'GET',
        path: '/healthz',
        status: 200,
        ms: expect.any(Number),
      });
    }
  });
});

/** A preloaded module after which no workspace can be stored, and the error contains a secret. */
const BROKEN = `import { DatabaseSync } from 'node:sqlite';
  const { prepare } = DatabaseSync.prototype;
  DatabaseSync.prototype.prepare = function (sql, ...rest) {
    const statement = prepare.call(this, sql, ...rest);
    if (sql.startsWith('INSERT INTO workspaces')) statement.run = () => { throw new Error('boom \\u009b31m \\u202e \\u001b[2J'); };
    return statement;
  };`;

test.each(['pretty', 'json'])(
  'logs a bug with its trace and printable characters only under --log %s, and not in the answer',
  async (form) => {
    await using servers = await fleet(1);
    await servers.start(['--log', form], {
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(BROKEN)}`,
    });
    const { status, text } = await servers.post(1, servers.mint('user_1')[0]!);
    expect([status, JSON.parse(text).error.code]).toEqual([500, 'internal_error']);
    expect(text).not.toContain('boom');
    const server = servers.servers[1]!;
    await server.stop();
    const log = server.stderr();
    expect(log).toContain('boom \\u009b31m \\u202e \\u001b[2J'.replaceAll('\\', form === 'json' ? '\\\\' : '\\'));
    expect(log).toMatch(/ at .*:\d+:\d+/);
    expect(log.replaceAll('\n', '')).not.toMatch(UNPRINTABLE);
  },
);

test('writes a line for every outcome of a callback', async () => {
  await using server = await testServer();
  const first = server.mint();
  await server.post(first.token);
  await server.post(first.token);
  await server.post(server.mint().token);
  await server.post('a.b.c');
  await server.post(undefined);
  expect(
    server.logged.map(({ status, outcome, reason, key }) => [status, outcome, reason, key?.split(':')[0]]),
  ).toEqual([
    [200, 'provisioned', undefined, 'workos-jti'],
    [200, 'replayed', undefined, 'workos-jti'],
    [200, 'seen', undefined, 'workos-jti'],
    [401, 'refused', 'malformed_token', undefined],
    [401, 'refused', 'no_bearer', undefined],
  ]);
  expect(server.logged[0]).toMatchObject({ method: 'POST', path: '/v1/auth/web/callback', user: first.claims.sub });
});

describe('a flood of refusals', () => {
  /** Requests that one of the lines stands for that count what was left out. */
  const unsaid = ({ warnings }: TestServer) =>
    warnings
      .map((text) => Number(/^(\d+) more requests were refused/.exec(text)?.[1] ?? 0))
      .reduce((sum, count) => sum + count, 0);
  const refused = ({ logged }: TestServer) => logged.filter(({ status }) => status >= 400).length;

  test('gets 100 lines per second, then one that counts the rest, while accepted callbacks are logged', async () => {
    await using server = await testServer();
    const { token } = server.mint();
    let sent = 0;
    const lane = async () => {
      for (let count = 0; count < 25; count++, sent++) await server.get('/v1/whoami');
    };
    // Again on a machine that takes more than a second for it.
    while (unsaid(server) === 0) {
      await Promise.all(Array.from({ length: 10 }, lane));
      expect((await server.post(token)).status).toBe(200);
      expect(server.logged.at(-1)).toMatchObject({ status: 200, path: '/v1/auth/web/callback' });
    }
    await expect.poll(() => refused(server) + unsaid(server)).toBe(sent);
  });

  test('is counted to the end when the server stops meanwhile', async () => {
    const server = await testServer();
    await Promise.all(Array.from({ length: 150 }, () => server.get('/nothing')));
    await server[Symbol.asyncDispose]();
    expect(refused(server)).toBeGreaterThanOrEqual(100);
    expect(refused(server) + unsaid(server)).toBe(150);
  });
});

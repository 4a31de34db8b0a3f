import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { agentPaste } from '../../support/binary.ts';
import { command } from '../../support/command.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { type TestServer, testServer } from '../../support/server.ts';
import { callbackAnswer, json, refused, SECRET, scriptedServer } from './scripted-server.ts';

const at = ({ url, paths }: TestServer) => ({
  env: { AGENT_PASTE_API_URL: url, AGENT_PASTE_STATE_DIR: paths.directory },
});

const outcomes = (stdout: string) => JSON.parse(stdout).sends.map(({ outcome }: { outcome: string }) => outcome);

describe('the same token, sent repeatedly', () => {
  test('is provisioned once and replayed with the same bytes, shown as rows and a verdict line', async () => {
    await using server = await testServer();
    const { code, stdout, stderr } = await agentPaste(
      ['replay', '--email', 'ada@example.com', '--jti', 'jti_1', '--times', '3'],
      at(server),
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [heading, ...rows] = stdout.trimEnd().split('\n');
    expect(heading).toMatch(/^# +KEY +STATUS +OUTCOME +SHA256 +MS$/);
    expect(rows.slice(0, 3).map((row) => row.split(/ +/).slice(0, 4))).toEqual([
      ['1', 'workos-jti:jti_1', '200', 'provisioned'],
      ['2', 'workos-jti:jti_1', '200', 'replayed'],
      ['3', 'workos-jti:jti_1', '200', 'replayed'],
    ]);
    expect(rows[3]).toBe('ok: 3 sends: 1 provisioned, 2 replayed');
    expect(server.logged.map(({ outcome }) => outcome)).toEqual(['provisioned', 'replayed', 'replayed']);
  });

  test('prints one document of sends and violations with --json', async () => {
    await using server = await testServer();
    const { code, stdout } = await command(['replay', '--jti', 'jti_1', '--times', '2', '--json'], at(server));
    expect(code).toBe(0);
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({ schema_version: 1, ok: true, violations: [] });
    expect(document.sends).toMatchObject([
      { n: 1, key: 'workos-jti:jti_1', status: 200, outcome: 'provisioned', attempts: 1 },
      { n: 2, key: 'workos-jti:jti_1', status: 200, outcome: 'replayed', attempts: 1 },
    ]);
    expect(document.sends[0].sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(document.sends[1].sha256).toBe(document.sends[0].sha256);
    expect(document.sends[0].ms).toBeGreaterThan(0);
  });

  test('gets one answer for twenty concurrent sends of a session', async () => {
    await using server = await testServer();
    const args = ['replay', '--sid', 'session_1', '--no-jti', '--times', '20', '--concurrency', '20', '--json'];
    const { code, stdout } = await command(args, at(server));
    expect(code).toBe(0);
    expect(outcomes(stdout).sort()).toEqual(['provisioned', ...Array(19).fill('replayed')]);
    expect(JSON.parse(stdout).sends[0].key).toBe('workos-session:session_1');
  });

  test('is replaced by a new token with the same jti and sid with --fresh', async () => {
    await using server = await scriptedServer((response) => json(response, 200, callbackAnswer('seen')));
    using directory = temporaryDirectory();
    const { code } = await command(['replay', '--url', server.url, '--fresh', '--times', '3'], {
      env: { AGENT_PASTE_STATE_DIR: directory.path },
    });
    expect(code).toBe(0);
    expect(new Set(server.tokens).size).toBe(3);
    const claims = server.tokens.map((token) =>
      JSON.parse(Buffer.from(token?.split('.')[1] ?? '', 'base64url').toString()),
    );
    expect(new Set(claims.map(({ jti, sid, sub }) => `${jti} ${sid} ${sub}`)).size).toBe(1);
  });

  test('is sent a thousand times, thirty-two at once', async () => {
    await using server = await testServer();
    const { code, stdout, stderr } = await agentPaste(
      ['replay', '--times', '1000', '--concurrency', '32', '--json'],
      at(server),
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(new Set(JSON.parse(stdout).sends.map(({ sha256 }: { sha256: string }) => sha256)).size).toBe(1);
    expect(server.logged).toHaveLength(1000);
  });

  test('shows progress as one line on a terminal', async () => {
    await using server = await testServer({ hold: ['before-send=60ms'] });
    const { stderr } = await command(['replay', '--times', '4', '--jti', 'jti_1'], { ...at(server), columns: 80 });
    expect(stderr).toMatch(/\rsent \d of 4 \(\d+ %\)/);
  });

  test('waits between sends with --interval', async () => {
    await using server = await testServer();
    await command(['replay', '--times', '3', '--interval', '60ms'], at(server));
    const times = server.logged.map(({ time }) => Date.parse(time));
    expect((times[2] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(118);
  });
});

describe('a server that breaks the promise', () => {
  const args = ['replay', '--email', 'ada@example.com', '--jti', 'jti_1', '--times', '3'];
  const run = async (
    answer: Parameters<typeof scriptedServer>[0],
    more: readonly string[] = [],
  ): Promise<{
    code: number | null;
    document: { ok: boolean; violations: Record<string, unknown>[] };
    stdout: string;
  }> => {
    await using server = await scriptedServer(answer);
    using directory = temporaryDirectory();
    const env = { AGENT_PASTE_STATE_DIR: directory.path };
    const { code, stdout } = await command([...args, '--url', server.url, '--json', ...more], { env });
    return { code, stdout, document: JSON.parse(stdout) };
  };

  test('reports another body for the same key, with a reproducing command', async () => {
    const { code, document, stdout } = await run((response, n) =>
      json(response, 200, callbackAnswer('provisioned', String(n))),
    );
    expect(code).toBe(1);
    expect(document.ok).toBe(false);
    expect(document.violations).toHaveLength(1);
    expect(document.violations[0]).toMatchObject({
      invariant: 'same-key-same-answer',
      expected: expect.stringContaining('as send 1 of workos-jti:jti_1'),
      observed: expect.stringContaining('and 1 more'),
      reproduce: expect.stringMatching(
        /^agent-paste replay --email ada@example.com --jti jti_1 --times 3 --url http:\/\/127\.0\.0\.1:\d+$/,
      ),
    });
    expect(stdout).not.toContain(SECRET);
  });

  test('reports different bytes under Idempotency-Replayed', async () => {
    const { code, document } = await run((response, n) =>
      json(response, 200, callbackAnswer('provisioned', String(n)), n === 1 ? {} : { 'idempotency-replayed': 'true' }),
    );
    expect(code).toBe(1);
    expect(document.violations[0]?.invariant).toBe('same-key-same-answer');
    const expected = await run(
      (response, n) =>
        json(response, 200, callbackAnswer('seen', String(n)), n === 1 ? {} : { 'idempotency-replayed': 'true' }),
      ['--expect', '200,replayed'],
    );
    expect(expected.code).toBe(1);
  });

  test('reports another status for the same key', async () => {
    const { code, document } = await run((response, n) =>
      n === 2
        ? json(response, 401, refused('not_authenticated', 'expired'))
        : json(response, 200, callbackAnswer('seen')),
    );
    expect(code).toBe(1);
    expect(document.violations.map(({ invariant }) => invariant)).toEqual(['accepted', 'same-key-same-answer']);
  });

  test('judges a server without Idempotency-Replayed by its bytes', async () => {
    const { code, stdout } = await run((response) => json(response, 200, callbackAnswer('provisioned')));
    expect(code).toBe(0);
    expect(outcomes(stdout)).toEqual(['provisioned', 'replayed', 'replayed']);
  });

  test('retries after 409 and Retry-After with --retry, and exits 6 without', async () => {
    const busyOnce: Parameters<typeof scriptedServer>[0] = (response, n) =>
      n === 2
        ? json(response, 409, refused('idempotency_in_flight'), { 'retry-after': '1' })
        : json(response, 200, callbackAnswer('seen'));
    const without = await run(busyOnce);
    expect(without.code).toBe(6);
    expect(without.document.violations).toMatchObject([
      { invariant: 'settled', observed: '409 idempotency_in_flight' },
    ]);
    const { code, stdout } = await run(busyOnce, ['--retry']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).sends.map(({ attempts }: { attempts: number }) => attempts)).toEqual([1, 2, 1]);
  });

  test('never passes an outage', async () => {
    const { code, document } = await run((response) =>
      json(response, 503, refused('database_unavailable', 'database_busy'), { 'retry-after': '1' }),
    );
    expect(code).toBe(1);
    expect(document.violations).toMatchObject([{ invariant: 'settled', observed: '503 database_busy' }]);
  });

  test("does not print a token or a secret from the server's message", async () => {
    const token = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1In0.c2ln';
    const { stdout } = await run((response) => json(response, 401, refused(token, `${SECRET}\u001b[31m`)));
    expect(stdout).not.toContain(token);
    expect(stdout).not.toContain('s'.repeat(43));
    expect(JSON.parse(stdout).sends[0].reason).not.toMatch(/\p{Cc}/u);
  });
});

describe('expectations', () => {
  test.each([
    { args: ['--expect', 'provisioned'], code: 0 },
    { args: ['--expect', 'seen'], code: 1 },
    { args: ['--times', '3', '--expect', 'provisioned,replayed'], code: 0 },
    { args: ['--times', '3', '--expect', 'provisioned'], code: 1 },
    { args: ['--times', '3', '--expect', '200'], code: 0 },
    { args: ['--times', '8', '--concurrency', '8', '--expect', 'provisioned,replayed'], code: 0 },
    { args: ['--times', '8', '--concurrency', '8', '--expect', 'provisioned,provisioned,replayed'], code: 1 },
    { args: ['--no-jti', '--no-sid', '--expect', 'refused'], code: 0 },
    { args: ['--no-jti', '--no-sid', '--times', '2', '--expect', '401'], code: 0 },
    { args: ['--expect', 'refused'], code: 1 },
    { args: ['--expect', '401'], code: 1 },
  ])('$args is exit $code for a new user', async ({ args, code }) => {
    await using server = await testServer();
    const result = await command(['replay', ...args, '--json'], at(server));
    expect(result.code).toBe(code);
    expect(JSON.parse(result.stdout).ok).toBe(code === 0);
  });
});

describe('a given token', () => {
  test('is read from stdin, a file, the environment or the argument, and is never printed', async () => {
    await using server = await testServer();
    const { token } = server.mint({ jti: 'jti_given' });
    const file = join(server.paths.directory, 'token.txt');
    writeFileSync(file, `Bearer ${token}\n`);
    const base = { AGENT_PASTE_API_URL: server.url };
    const ways = [
      { args: ['--token', '-'], input: `${token}\n`, env: base },
      { args: ['--token', `@${file}`], env: base },
      { args: ['--token', token], env: base },
      { args: [], env: { ...base, AGENT_PASTE_TOKEN: token } },
    ];
    for (const { args, ...options } of ways) {
      using directory = temporaryDirectory();
      const { code, stdout, stderr } = await command(['replay', ...args, '--times', '2'], {
        ...options,
        cwd: directory.path,
      });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toContain('workos-jti:jti_given');
      expect(stdout).not.toContain(token);
    }
  });

  test('exits 4 with the reason when rejected, and the reproduction reads it from stdin', async () => {
    await using server = await testServer();
    const { token } = server.mint({ faults: ['signature-other-key'] });
    const { code, stdout } = await command(['replay', '--token', token, '--json'], at(server));
    expect(code).toBe(4);
    expect(JSON.parse(stdout).violations).toMatchObject([
      {
        invariant: 'accepted',
        expected: '200',
        observed: '401 bad_signature',
        reproduce: expect.stringContaining('--token -'),
      },
    ]);
    expect(stdout).not.toContain(token);
  });

  test('is rejected with a hint for another state directory', async () => {
    await using server = await testServer();
    using directory = temporaryDirectory();
    const { code, stderr } = await command(['replay', '--url', server.url], {
      env: { AGENT_PASTE_STATE_DIR: directory.path },
    });
    expect(code).toBe(4);
    expect(stderr).toContain('--state-dir');
  });
});

describe('rejects contradictory options before sending anything', () => {
  test.each([
    [['--times', '0'], '--times'],
    [['--concurrency', '1000'], '--concurrency'],
    [['--expect', 'provisionned'], '--expect: "provisionned" is not accepted'],
    [['--expect', '99'], '--expect'],
    [['--interval', 'soon'], '--interval'],
    [['--interval', '1s', '--concurrency', '2', '--times', '2'], '--interval does not go with --concurrency'],
    [['--token', 'x', '--email', 'ada@example.com'], '--email is for tokens that are minted here'],
    [['--token', 'x', '--fresh'], '--fresh is for tokens'],
    [['--report', 'xml=a'], 'accepted: junit=<file>, tap=<file>, json=<file>'],
    [['--report', 'junit=no/such/dir/a.xml'], 'cannot write'],
    [['--report', 'junit=.'], 'it is a directory'],
    [['--report', 'tap=a', '--report', 'json=a'], 'named twice'],
    [['--save', 'no/such/dir/a.json'], 'cannot write'],
    [['--compare', 'a.json'], '--compare needs a tape'],
    [['--url', 'http://203.0.113.1'], 'is not on this machine'],
    [['--url', 'https://203.0.113.1'], 'is not on this machine'],
    [['--url', 'ftp://127.0.0.1'], '--url'],
    [['--email', 'nobody'], '--email: must be an e-mail address'],
    [['--sub', '../x'], '--sub: must be a user id'],
    [['--tokens'], 'unknown option'],
  ])('%j', async (args, message) => {
    await using server = await scriptedServer((response) => json(response, 200, callbackAnswer('seen')));
    using directory = temporaryDirectory();
    const { code, stdout, stderr } = await command(['replay', ...args], {
      cwd: directory.path,
      env: { AGENT_PASTE_API_URL: server.url },
    });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(server.tokens).toEqual([]);
  });

  test('sends to another machine with --allow-remote', async () => {
    using directory = temporaryDirectory();
    const args = ['replay', '--url', 'https://callbacks.invalid', '--allow-remote', '--timeout', '5s'];
    const { code, stderr } = await command(args, { cwd: directory.path });
    expect(code).toBe(3);
    expect(stderr).toContain('https://callbacks.invalid cannot be reached');
  });
});

test('keeps the secret of a new key out of state files, tapes and reports', async () => {
  await using server = await testServer();
  using directory = temporaryDirectory();
  const names = ['tape.json', 'r.xml', 'r.tap', 'r.json'];
  const args = ['replay', '--times', '2', '--save', 'tape.json', '--report', 'junit=r.xml', '--report', 'tap=r.tap'];
  const { code, stdout } = await command([...args, '--report', 'json=r.json'], { ...at(server), cwd: directory.path });
  expect(code).toBe(0);
  for (const text of [stdout, ...names.map((name) => readFileSync(join(directory.path, name), 'utf8'))]) {
    expect(text).not.toMatch(/ap_pk_/);
    expect(text).not.toMatch(/eyJ/);
  }
});

test('sends over http to another machine with --allow-remote, and warns that the way is not encrypted', async () => {
  await using server = await scriptedServer((response) => json(response, 200, callbackAnswer('seen')));
  // 127.0.0.1 in another form, which is not one of the names of this machine.
  const url = server.url.replace('127.0.0.1', '[::ffff:127.0.0.1]');
  using directory = temporaryDirectory();
  const replay = (...args: string[]) => command(['replay', '--url', url, ...args], { cwd: directory.path });
  expect(await replay()).toMatchObject({ code: 2, stderr: expect.stringContaining('is not on this machine') });
  expect(server.tokens).toEqual([]);
  const { code, stderr } = await replay('--allow-remote');
  expect(code).toBe(0);
  expect(stderr).toMatch(/^warning: http:\/\/\[::ffff:.* is not encrypted: /);
  expect(server.tokens).toHaveLength(1);
});

test('asks for the base URL where every send met no route', async () => {
  await using server = await testServer();
  const args = ['replay', '--url', server.callbackUrl, '--state-dir', server.paths.directory];
  const { code, stdout, stderr } = await command(args);
  expect(code).toBe(1);
  expect(stdout).toContain('not accepted (send 1)');
  expect(stderr).toContain('without /v1/auth/web/callback');
});

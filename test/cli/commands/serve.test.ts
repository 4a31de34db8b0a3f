import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { agentPaste, BINARY, type ServerProcess, serverProcess } from '../../support/binary.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { heard, shell } from '../../support/shell.ts';

async function mint(state: string, ...args: string[]): Promise<string> {
  return (await agentPaste(['mint', '--state-dir', state, ...args])).stdout.trim();
}

async function post({ ready }: ServerProcess, token: string): Promise<Response> {
  return fetch(ready.callback_url, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
}

/** Resolves once stderr says so. */
async function said(server: ServerProcess, text: string): Promise<void> {
  while (!server.stderr().includes(text)) await once(server.child.stderr as NodeJS.ReadableStream, 'data');
}

test("prints only the ready line with the server's facts on stdout", async () => {
  using directory = temporaryDirectory();
  await using server = await serverProcess([], { cwd: directory.path });
  const { url, port } = server.ready;
  expect(server.ready).toEqual({
    schema_version: 1,
    url: `http://127.0.0.1:${port}`,
    port: expect.any(Number),
    pid: server.child.pid,
    callback_url: `${url}/v1/auth/web/callback`,
    authorize_url: `http://localhost:${port}/user_management/authorize`,
    jwks_url: `${url}/sso/jwks/${server.ready.client_id}`,
    client_id: 'client_01K9AGENTPASTE000000000000',
    issuer: 'https://api.workos.com',
    db: join(directory.path, '.agent-paste', 'agent-paste.db'),
    inspector_url: null,
  });
  let more = '';
  server.child.stdout?.on('data', (chunk) => {
    more += chunk;
  });
  await post(server, await mint(join(directory.path, '.agent-paste')));
  expect(await server.stop()).toBe(0);
  expect(more).toBe('');
});

test.each(['client_01K9', 'my.client~1', 'c-1'])(
  'serves the keys of the client %s at the URL that it names',
  async (client) => {
    using directory = temporaryDirectory();
    await using server = await serverProcess(['--client-id', client], { cwd: directory.path });
    const verifier = await (await fetch(`${server.ready.url}/local/verifier`)).json();
    expect(verifier).toMatchObject({ client_id: client, jwks_url: server.ready.jwks_url });
    const answer = await fetch(server.ready.jwks_url);
    expect({ status: answer.status, body: await answer.json() }).toEqual({
      status: 200,
      body: { keys: [expect.anything()] },
    });
  },
);

test('prints a banner on stderr without --json, with a command that runs as printed', async () => {
  using sh = shell();
  const serving = sh.start('exec agent-paste serve --port 0 --state-dir "ada\'s state" --client-id client_x --log off');
  try {
    const banner = await heard(serving.stderr as Readable, 'mint');
    const url = /ready at (\S+)/.exec(banner)?.[1];
    for (const fact of [`POST ${url}/v1/auth/web/callback`, `${url}/sso/jwks/client_x`, 'client_x', 'agent-paste.db'])
      expect(banner).toContain(fact);
    const command = banner.split('\n').find((line) => line.includes('curl')) ?? '';
    const { stdout } = await sh.run(command);
    expect(JSON.parse(stdout)).toMatchObject({ workspace: { name: "ada's Workspace" } });
  } finally {
    serving.kill();
    await once(serving, 'close');
  }
});

test('suggests a command that works in the next terminal when npm started the server', async () => {
  using directory = temporaryDirectory();
  const command = async (env: Record<string, string>) => {
    const args = [BINARY, 'serve', '--port', '0', '--state-dir', directory.path];
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
    const banner = await heard(child.stderr, 'mint');
    child.kill();
    await once(child, 'close');
    return /\$\((.*?) mint/.exec(banner)?.[1];
  };
  expect(await command({})).toBe('agent-paste');
  expect(await command({ npm_execpath: '/npm' })).toBe('npx agent-paste');
});

test('shows every setting of the issuer and the client in the ready line', async () => {
  using directory = temporaryDirectory();
  await using server = await serverProcess(
    [
      '--issuer',
      'https://issuer.example',
      '--client-id',
      'client_x',
      '--jwks-url',
      'https://keys.example/jwks',
      '--db',
      'my.db',
    ],
    { cwd: directory.path },
  );
  expect(server.ready).toMatchObject({
    issuer: 'https://issuer.example',
    client_id: 'client_x',
    jwks_url: 'https://keys.example/jwks',
    db: join(directory.path, 'my.db'),
  });
});

test('compares tokens with --issuer and --client-id', async () => {
  using directory = temporaryDirectory();
  const state = directory.path;
  await using server = await serverProcess([
    '--state-dir',
    state,
    '--issuer',
    'https://i.example',
    '--client-id',
    'c1',
  ]);
  expect((await post(server, await mint(state, '--issuer', 'https://other.example'))).status).toBe(401);
  expect((await post(server, await mint(state, '--issuer', 'https://i.example/', '--client-id', 'c1'))).status).toBe(
    200,
  );
});

test('accepts a token without a client with --client-id-claim optional', async () => {
  using directory = temporaryDirectory();
  const state = directory.path;
  const anonymous = ['--claim', 'client_id=null'];
  await using strict = await serverProcess(['--state-dir', state]);
  expect((await post(strict, await mint(state, ...anonymous))).status).toBe(401);
  await using lenient = await serverProcess(['--state-dir', state, '--client-id-claim', 'optional']);
  expect((await post(lenient, await mint(state, ...anonymous))).status).toBe(200);
});

test('accepts a token that expired within --clock-tolerance', async () => {
  using directory = temporaryDirectory();
  const state = directory.path;
  await using server = await serverProcess(['--state-dir', state, '--clock-tolerance', '60s']);
  const past = String(Math.floor(Date.now() / 1000) - 310);
  expect((await post(server, await mint(state, '--issued-at', past))).status).toBe(200);
  expect((await post(server, await mint(state, '--issued-at', past, '--expires-in', '1m'))).status).toBe(401);
});

test('puts the environment of --key-env into the keys', async () => {
  using directory = temporaryDirectory();
  await using server = await serverProcess(['--state-dir', directory.path, '--key-env', 'live']);
  const answer = (await (await post(server, await mint(directory.path))).json()) as {
    default_api_key: { secret: string };
  };
  expect(answer.default_api_key.secret).toMatch(/^ap_pk_live_/);
});

test('keeps a record at least as long as its token lives, whatever --idempotency-ttl says', async () => {
  using directory = temporaryDirectory();
  await using server = await serverProcess(['--state-dir', directory.path, '--idempotency-ttl', '1s']);
  const token = await mint(directory.path);
  const first = await (await post(server, token)).text();
  await server.stop();
  await using again = await serverProcess(['--state-dir', directory.path, '--idempotency-ttl', '1s']);
  expect(await (await post(again, token)).text()).toBe(first);
});

/** Two callbacks of one token, which stops for ten minutes before its commit: what the other one is told meanwhile. */
async function answerToTwin(state: string, ...args: string[]): Promise<Response> {
  await using server = await serverProcess(['--state-dir', state, '--hold', 'before-commit=10m', ...args]);
  const token = await mint(state);
  const twins = [post(server, token), post(server, token)];
  for (const twin of twins) twin.catch(() => undefined); // one is cut when the server is killed
  const answer = await Promise.race(twins);
  await answer.clone().text();
  return answer;
}

test('answers a second callback of the same key with 409 under --hold and --in-flight conflict', async () => {
  using directory = temporaryDirectory();
  // At once: before the wait of a minute is over, and long before the hold is.
  const refused = await answerToTwin(directory.path, '--in-flight', 'conflict', '--in-flight-wait', '60s');
  expect(refused.status).toBe(409);
  expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
  expect(await refused.json()).toMatchObject({ error: { code: 'idempotency_in_flight' } });
});

test('answers both callbacks with the same bytes under --in-flight wait, or with 409 after --in-flight-wait', async () => {
  using directory = temporaryDirectory();
  const state = directory.path;
  await using patient = await serverProcess(['--state-dir', state, '--hold', 'before-commit=300ms']);
  const token = await mint(state);
  const bodies = await Promise.all([post(patient, token), post(patient, token)].map(async (a) => (await a).text()));
  expect(bodies[0]).toBe(bodies[1]);
  expect((await answerToTwin(state, '--in-flight-wait', '1ms')).status).toBe(409);
});

test('writes no database and no pepper with --db :memory:', async () => {
  using directory = temporaryDirectory();
  await using server = await serverProcess(['--state-dir', directory.path, '--db', ':memory:']);
  expect(server.ready.db).toBe(':memory:');
  expect((await post(server, await mint(directory.path))).status).toBe(200);
  await server.stop();
  for (const name of ['agent-paste.db', 'peppers.json']) expect(existsSync(join(directory.path, name))).toBe(false);
});

test('accepts only the hosts and origins of --allow-host and --allow-origin', async () => {
  using directory = temporaryDirectory();
  const allowing = ['--allow-host', 'api.test', '--allow-origin', 'http://app.test'];
  await using server = await serverProcess(['--state-dir', directory.path, ...allowing]);
  const from = async (origin: string) => (await fetch(`${server.ready.url}/healthz`, { headers: { origin } })).status;
  expect(await from('http://app.test')).toBe(200);
  expect(await from('http://other.test')).toBe(403);
  const to = async (host: string) => {
    const sent = request(`${server.ready.url}/healthz`, { headers: { host } }).end();
    const [answer] = await once(sent, 'response');
    answer.resume();
    return answer.statusCode;
  };
  expect(await to('api.test')).toBe(200);
  expect(await to('other.test')).toBe(421);
});

test('serves --host ::1 under its own name', async () => {
  using directory = temporaryDirectory();
  await using server = await serverProcess(['--state-dir', directory.path, '--host', '::1']);
  expect(server.ready.url).toBe(`http://[::1]:${server.ready.port}`);
  expect((await fetch(`${server.ready.url}/healthz`)).status).toBe(200);
});

test('listens on other addresses with --allow-remote, and warns', async () => {
  using directory = temporaryDirectory();
  const remote = ['--host', '0.0.0.0', '--allow-remote'];
  await using server = await serverProcess(['--state-dir', directory.path, ...remote]);
  expect(server.ready.url).toBe(`http://127.0.0.1:${server.ready.port}`); // an address that other commands accept
  expect((await fetch(`${server.ready.url}/healthz`)).status).toBe(200);
  await said(server, 'open to the network');
});

test('writes each request as one document with --log json', async () => {
  using directory = temporaryDirectory();
  await using server = await serverProcess(['--state-dir', directory.path, '--log', 'json']);
  await post(server, await mint(directory.path, '--sub', 'user_ada', '--jti', 'jti_1'));
  await server.stop();
  const [entry] = server.stderr().split('\n');
  expect(JSON.parse(entry ?? '')).toEqual({
    time: expect.any(String),
    request_id: expect.any(String),
    method: 'POST',
    path: '/v1/auth/web/callback',
    status: 200,
    outcome: 'provisioned',
    user: 'user_ada',
    key: 'workos-jti:jti_1',
    ms: expect.any(Number),
  });
});

test('writes one line for each request by default (--log pretty)', async () => {
  using directory = temporaryDirectory();
  await using server = await serverProcess(['--state-dir', directory.path]);
  await post(server, await mint(directory.path, '--sub', 'user_ada', '--jti', 'jti_1'));
  await server.stop();
  const line =
    /^[\d:.]{12}Z POST \/v1\/auth\/web\/callback 200 provisioned user_ada workos-jti:jti_1 [\d.]+ ms req_\w{26}$/m;
  expect(server.stderr()).toMatch(line);
});

test.each([['--log', 'off'], ['--quiet']])('writes no line for a request with %s %s', async (...flags) => {
  using directory = temporaryDirectory();
  await using server = await serverProcess(['--state-dir', directory.path, ...flags.filter(Boolean)]);
  await post(server, await mint(directory.path));
  await server.stop();
  expect(server.stderr()).not.toContain('callback');
});

test('never logs a token, a secret or an Authorization header', async () => {
  using directory = temporaryDirectory();
  const env = { WORKOS_API_KEY: 'sk_test_canary' };
  await using server = await serverProcess(['--state-dir', directory.path, '--log', 'json'], { env });
  const token = await mint(directory.path);
  const answer = (await (await post(server, token)).json()) as { default_api_key: { secret: string } };
  await post(server, `${token}x`);
  await fetch(`${server.ready.url}/v1/whoami`, {
    headers: { authorization: `Bearer ${answer.default_api_key.secret}` },
  });
  await server.stop();
  for (const secret of [token, token.split('.')[2] ?? token, answer.default_api_key.secret, 'sk_test_canary', 'Bearer'])
    expect(server.stderr()).not.toContain(secret);
});

test('finishes a running request on SIGTERM, then exits 0', async () => {
  using directory = temporaryDirectory();
  await using server = await serverProcess(['--state-dir', directory.path, '--hold', 'before-send=500ms']);
  const answering = post(server, await mint(directory.path));
  await fetch(`${server.ready.url}/healthz`); // answered after the callback arrived
  const stopped = server.stop();
  expect((await answering).status).toBe(200);
  expect(await stopped).toBe(0);
});

test('exits 0 on SIGINT, and at once on a second signal', async () => {
  using directory = temporaryDirectory();
  await using calm = await serverProcess(['--state-dir', directory.path]);
  calm.child.kill('SIGINT');
  const [code] = await once(calm.child, 'close');
  expect(code).toBe(0);

  await using busy = await serverProcess(['--state-dir', directory.path, '--hold', 'before-send=4s']);
  const cut = post(busy, await mint(directory.path)).then(
    () => 'answered',
    () => 'cut',
  );
  await fetch(`${busy.ready.url}/healthz`);
  busy.child.kill('SIGINT');
  await said(busy, 'stopping… after 1 request that is under way');
  busy.child.kill('SIGTERM');
  const [, signal] = await once(busy.child, 'close');
  expect(signal).toBe('SIGTERM');
  expect(await cut).toBe('cut');
});

test('exits 6 for a port that is in use, and names it', async () => {
  using directory = temporaryDirectory();
  await using taken = createServer();
  taken.listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const { code, stdout, stderr } = await agentPaste(['serve', '--port', String(port), '--state-dir', directory.path]);
  expect({ code, stdout }).toEqual({ code: 6, stdout: '' });
  expect(stderr).toContain(`port ${port} of 127.0.0.1 is in use`);
});

test.each([
  [['--port', 'abc'], '--port: must be a whole number from 0 to 65535, not "abc"'],
  [['--port', '70000'], '--port: must be a whole number from 0 to 65535, not "70000"'],
  [['--port', '-1'], '--port: must be a whole number from 0 to 65535, not "-1"'],
  [['--port', '80 '], '--port: must be a whole number from 0 to 65535, not "80 "'],
  [['--host', '0.0.0.0'], '--host 0.0.0.0 would offer this server to the network'],
  [['--host', '::'], '--host :: would offer this server to the network'],
  [['--host', '192.0.2.1'], '--host 192.0.2.1 would offer this server to the network'],
  [['--host', ''], '--host: must not be blank'],
  [['--in-flight', 'waite'], '--in-flight: must be wait or conflict, not "waite" (did you mean wait?)'],
  [
    ['--in-flight-wait', '2m'],
    '--in-flight-wait: must be a duration from 1ms to 60s, such as 250ms, 5s or 30s, not "2m"',
  ],
  [
    ['--clock-tolerance', '61s'],
    '--clock-tolerance: must be a duration in whole seconds from 0s to 60s, such as 5s or 30s, not "61s"',
  ],
  [
    ['--jwks-max-age', 'Infinity'],
    '--jwks-max-age: must be a duration from 1s to 24h, such as 5s, 30s or 10m, not "Infinity"',
  ],
  [
    ['--idempotency-ttl', '24'],
    '--idempotency-ttl: must be a duration from 1s to 365d, such as 5s, 30s or 10m, not "24": it has no unit',
  ],
  [
    ['--hold', 'before-comit=1s'],
    '--hold: must be <point>=<duration> with the point after-verify, before-commit, after-commit or before-send, not "before-comit=1s" (did you mean before-commit?)',
  ],
  [['--key-env', 'test'], '--key-env: must be preview, production or live, not "test"'],
  [['--log', 'xml'], '--log: must be pretty, json or off, not "xml"'],
  [['--client-id-claim', 'maybe'], '--client-id-claim: must be required or optional, not "maybe"'],
  [
    ['--workos-api-url', 'http://workos.example'],
    '--workos-api-url: must be an https URL, or http for 127.0.0.1, localhost or [::1], not "http://workos.example": it is not encrypted',
  ],
  [
    ['--jwks-url', 'file:///etc/passwd'],
    '--jwks-url: must be an https URL, or an http URL of this machine, not "file:///etc/passwd"',
  ],
  [
    ['--issuer', '/'],
    '--issuer: must be one http or https URL, such as https://api.workos.com, not "/": it is not a URL',
  ],
  [['--client-id', 'a/b'], 'not "a/b": it would change the path of the key set'],
  [['--port', '6000'], '--port: must be another port than 6000: browsers and fetch never connect to that port'],
  [['--state-dir', '~/state'], 'not "~/state": it begins with ~, which only a shell expands'],
  [['--workos-api-url', 'https://workos.example'], 'WORKOS_API_KEY is not set'],
  [['--workos-api-key', 'sk_test_canary'], "unknown option '--workos-api-key'"],
])('serve %j is refused in one line with exit code 2, and makes nothing', async (args, line) => {
  using directory = temporaryDirectory();
  const state = join(directory.path, 'state');
  const { code, stdout, stderr } = await agentPaste(['serve', '--state-dir', state, ...args]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^error: /);
  expect(stderr.split('\n')[0]).toContain(line);
  expect(stderr).not.toContain('canary');
  expect(existsSync(state)).toBe(false);
});

test('does not repeat secrets given in the wrong place', async () => {
  for (const args of [
    ['serve', '--workos-api-key=sk_test_canary'],
    ['serve', 'sk_test_canary'],
    ['serve', '--workos-api-url', 'https://user:sk_test_canary@workos.example'],
    ['mint', 'eyJcanary.eyJcanary.canary'],
    ['eyJcanary.eyJcanary.canary'],
    ['ap_pk_preview_canary_canary'],
  ]) {
    const { code, stderr } = await agentPaste(args);
    expect(code).toBe(2);
    expect(stderr).not.toContain('canary');
  }
});

test('writes JSON to the last line with --log json', async () => {
  using directory = temporaryDirectory();
  await using server = await serverProcess(['--state-dir', directory.path, '--log', 'json']);
  await fetch(`${server.ready.url}/healthz`);
  server.child.kill('SIGHUP');
  await said(server, 'keys reloaded');
  await server.stop();
  const lines = server
    .stderr()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.map(({ path, level }) => path ?? level)).toEqual(['/healthz', 'info', 'info']);
});

describe('the log of serve', () => {
  test('names the request in each line, and under a refusal the command that explains it', async () => {
    using sh = shell();
    const serving = sh.start('exec agent-paste serve --port 0 --state-dir "ada\'s state"');
    try {
      const banner = await heard(serving.stderr as Readable, 'mint');
      const url = /ready at (\S+)/.exec(banner)?.[1] ?? '';
      await fetch(`${url}/v1/auth/web/callback`, {
        method: 'POST',
        headers: { authorization: 'Bearer nonsense', 'x-request-id': 'sign-in-of-ada' },
      });
      const line = await heard(serving.stderr as Readable, '→');
      const mint = `agent-paste mint --sub user_ada --email ada@example.com --fault signature-bit --state-dir "ada's state"`;
      const forged = (await sh.run(mint)).stdout.trim();
      const headers = { authorization: `Bearer ${forged}` };
      await fetch(`${url}/v1/auth/web/callback`, { method: 'POST', headers });
      expect(await heard(serving.stderr as Readable, 'user_ada')).toMatch(/bad_signature .* \(claimed\) user_ada /);
      expect(line).toMatch(/\d\d:\d\d:\d\d\.\d{3}Z POST .* sign-in-of-ada$/m);
      const command = /→ (.*)$/m.exec(line)?.[1] ?? '';
      expect(command).toContain('explain --state-dir');
      expect(await sh.run(command.replace('npx ', ''))).toMatchObject({
        code: 1,
        stdout: expect.stringContaining('malformed_token'),
      });
    } finally {
      serving.kill();
      await once(serving, 'exit');
    }
  });

  test('names no command where the callbacks are in memory alone, and none for other routes', async () => {
    using sh = shell();
    const serving = sh.start('exec agent-paste serve --port 0 --db :memory:');
    try {
      const banner = await heard(serving.stderr as Readable, 'mint');
      const url = /ready at (\S+)/.exec(banner)?.[1] ?? '';
      const headers = { authorization: 'Bearer nonsense' };
      await fetch(`${url}/v1/auth/web/callback`, { method: 'POST', headers });
      await fetch(`${url}/v1/web/workspace`, { headers });
      expect(await heard(serving.stderr as Readable, '/v1/web/workspace 401')).not.toContain('→');
    } finally {
      serving.kill();
      await once(serving, 'exit');
    }
  });
});

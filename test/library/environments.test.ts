/** Both doors of the library in the test environments of other projects: Node, jsdom and happy-dom, in each pool of Vitest. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { BINARY } from '../support/binary.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/directory.ts';
import { ROOT, tool } from '../support/package.ts';

const ENVIRONMENTS = ['node', 'jsdom', 'happy-dom'];
const POOLS = ['forks', 'threads', 'vmForks', 'vmThreads'];

const PROJECTS = ENVIRONMENTS.flatMap((environment) =>
  POOLS.map((pool) => ({ test: { name: `${environment} ${pool}`, environment, pool, include: ['guest.test.mjs'] } })),
);

/** Tests of another project: a server's whole life, and WorkOS played for the requests of an API. */
const GUEST = `
import http from 'node:http';
import { expect, test } from 'vitest';

/** Every property of the global object, and what the process is told of. Node makes some when they are first asked for. */
function globals() {
  void [globalThis.Response, globalThis.Request, globalThis.Headers, globalThis.fetch, globalThis.crypto, globalThis.navigator,
    globalThis.performance, globalThis.CloseEvent, globalThis.ErrorEvent, globalThis.structuredClone, globalThis.URL, globalThis.WebSocket, globalThis.EventSource];
  const own = Reflect.ownKeys(globalThis).map((key) => [key, Object.getOwnPropertyDescriptor(globalThis, key)]);
  return {
    own: new Map(own),
    process: JSON.stringify([
      process.eventNames().map((name) => [String(name), process.listenerCount(name)]),
      process.umask(), process.cwd(), process.title,
    ]),
  };
}

function changed(before, after) {
  const same = (a, b) => a && b && ['value', 'get', 'set', 'writable', 'enumerable', 'configurable'].every((name) => Object.is(a[name], b[name]));
  const keys = new Set([...before.own.keys(), ...after.own.keys()]);
  return [...keys].filter((key) => !same(before.own.get(key), after.own.get(key))).map(String)
    .concat(before.process === after.process ? [] : [before.process, after.process]);
}

const post = (url, token) => new Promise((resolve, reject) => {
  http.request(url, { method: 'POST', headers: { authorization: 'Bearer ' + token } }, async (response) => {
    let body = '';
    for await (const chunk of response) body += chunk;
    resolve({ status: response.statusCode, body });
  }).on('error', reject).end();
});

test('agent-paste/testing', async () => {
  const before = globals();
  const { startServer } = await import('agent-paste/testing');
  const server = await startServer();
  const { token } = server.mint({ email: 'ada@example.com' });
  const first = await post(server.callbackUrl, token);
  expect(first.status).toBe(200);
  expect(await post(server.callbackUrl, token)).toEqual(first);
  expect((await post(server.callbackUrl, 'x')).status).toBe(401);
  expect(await server.inspect('members')).toMatchObject([{ email: 'ada@example.com' }]);
  await server.stop();
  expect(changed(before, globals())).toEqual([]);
});

// Without these, msw itself does not load: in the two vm pools of jsdom and happy-dom.
test.skipIf([typeof WritableStream, typeof BroadcastChannel].includes('undefined'))('agent-paste/msw', async () => {
  const { getResponse } = await import('msw');
  const before = globals();
  const { playWorkos } = await import('agent-paste/msw');
  const workos = await playWorkos();
  const { id } = workos.addUser({ email: 'ada@example.com' });
  expect(workos.mint({ sub: id }).token.split('.')).toHaveLength(3);
  const ask = (path, init = {}) => getResponse(workos.handlers, new Request('https://api.workos.com' + path, {
    ...init, headers: { authorization: 'Bearer sk_test_local', 'content-type': 'application/json' },
  }));
  expect((await (await ask('/user_management/users/' + id)).json()).email).toBe('ada@example.com');
  const made = await ask('/user_management/users', { method: 'POST', body: '{"email":"bob@example.com"}' });
  expect(made.status).toBe(201);
  expect((await (await ask('/user_management/users')).json()).data).toHaveLength(2);
  workos[Symbol.dispose]();
  expect(changed(before, globals())).toEqual([]);
});
`;

function guestProject(): TemporaryDirectory {
  const project = temporaryDirectory();
  const modules = join(project.path, 'node_modules');
  mkdirSync(modules);
  for (const name of ['vitest', 'msw', 'jsdom', 'happy-dom'])
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  const isKept = (path: string) => !path.includes('.compile-cache'); // in which other tests write meanwhile
  cpSync(dirname(dirname(BINARY)), join(modules, 'agent-paste'), { recursive: true, filter: isKept });
  writeFileSync(join(project.path, 'package.json'), '{"type":"module"}');
  return project;
}

function run(cwd: string, ...args: string[]) {
  const env = { PATH: process.env.PATH, CI: 'true' };
  const { status, stderr } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8', env });
  return { status, stderr };
}

test('the library works, and changes nothing global, in each environment and pool', () => {
  using project = guestProject();
  writeFileSync(join(project.path, 'guest.test.mjs'), GUEST);
  const config = { test: { projects: PROJECTS, testTimeout: 300_000 } };
  writeFileSync(join(project.path, 'vitest.config.mjs'), `export default ${JSON.stringify(config)};`);
  const report = join(project.path, 'report.json');
  const { stderr } = run(
    project.path,
    tool('vitest', 'vitest.mjs'),
    'run',
    '--reporter=json',
    `--outputFile=${report}`,
  );
  const { testResults, numPassedTests, numPendingTests } = JSON.parse(readFileSync(report, 'utf8'));
  const tests = testResults.flatMap(({ assertionResults }: { assertionResults: unknown[] }) => assertionResults);
  expect(
    tests.filter(({ status }: { status: string }) => status === 'failed'),
    stderr,
  ).toEqual([]);
  expect({ numPassedTests, numPendingTests }).toEqual({ numPassedTests: 20, numPendingTests: 4 });
});

/** What msw itself needs is put in place after it was loaded, or is left alone. */
test.each([
  ['timers that are numbers', 'globalThis.setTimeout = globalThis.setInterval = globalThis.setImmediate = () => 1;'],
  ['clocks that stand still', 'globalThis.performance = { now: () => 0 };'],
  ['a crypto without subtle', "Object.defineProperty(globalThis, 'crypto', { value: {} });"],
  ['no encodings', 'globalThis.TextDecoder = globalThis.TextEncoder = class { constructor() { throw new Error(); } };'],
  ['no base64', 'for (const name of ["fetch", "atob", "btoa"]) delete globalThis[name];'],
])('agent-paste/msw works with %s, put there before or after its import', (_, hostile) => {
  using project = guestProject();
  const imported = "const { playWorkos } = await import('agent-paste/msw');";
  for (const order of [`${hostile}${imported}`, `${imported}${hostile}`]) {
    const program = `import { getResponse } from 'msw';
      ${order}
      const workos = await playWorkos();
      const { sub } = JSON.parse(Buffer.from(workos.mint({ email: 'ada@example.com' }).token.split('.')[1], 'base64url'));
      const request = new Request('https://api.workos.com/user_management/users/' + sub, { headers: { authorization: 'Bearer sk_test_local' } });
      const { email } = await (await getResponse(workos.handlers, request)).json();
      process.exit(email === 'ada@example.com' ? 0 : 9);`;
    expect(run(project.path, '--input-type=module', '-e', program)).toEqual({ status: 0, stderr: '' });
  }
});

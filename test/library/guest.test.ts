/** The library in a process that is not its own: nothing global is changed, and nothing global is needed. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { BINARY } from '../support/binary.ts';
import { temporaryDirectory } from '../support/directory.ts';

const door = (name: string) => pathToFileURL(join(dirname(BINARY), '..', 'dist', 'library', `${name}.js`)).href;

/** A server's whole life, with a sign-in, its replay and a look at the members; and WorkOS played for a request. */
const LIFE = `
  import http from 'node:http';
  const post = (url, token) => new Promise((resolve, reject) => {
    const headers = { authorization: 'Bearer ' + token };
    http.request(url, { method: 'POST', headers }, async (response) => {
      let text = '';
      for await (const chunk of response) text += chunk;
      resolve(response.statusCode + text);
    }).on('error', reject).end();
  });
  async function life(startServer) {
    const server = await startServer();
    const { token } = server.mint({ email: 'ada@example.com' });
    const first = await post(server.callbackUrl, token);
    if (!first.startsWith('200') || (await post(server.callbackUrl, token)) !== first) throw new Error(first);
    const refused = await post(server.callbackUrl, 'x');
    if (!refused.startsWith('401')) throw new Error(refused);
    if ((await server.inspect('members')).length !== 1) throw new Error('no member');
    await server.stop();
  }`;

/** Own properties of the global object, listeners and settings of the process. Node loads some members when they are first read. */
const SNAPSHOT = `
  void [Response, Request, Headers, fetch, crypto, navigator, performance, CloseEvent, structuredClone];
  const snapshot = () => ({
    globals: new Map(Reflect.ownKeys(globalThis).map((key) => {
      const { value, get, set, writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(globalThis, key);
      return [key, [value, get, set, writable, enumerable, configurable]];
    })),
    process: JSON.stringify([
      process.eventNames().map((name) => [String(name), process.listenerCount(name)]),
      process.umask(), process.env, process.cwd(), process.title, process.report.excludeEnv,
    ]),
  });
  function changes(before, after) {
    const changed = [...new Set([...before.globals.keys(), ...after.globals.keys()])].filter((key) => {
      const [was, is] = [before.globals.get(key), after.globals.get(key)];
      return was === undefined || is === undefined || was.some((each, index) => !Object.is(each, is[index]));
    });
    return [...changed.map(String), ...(before.process === after.process ? [] : [before.process, after.process])];
  }`;

function run(program: string, env: Record<string, string> = {}) {
  const args = ['--input-type=module', '-e', program];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    env: { PATH: process.env.PATH ?? '', ...env },
  });
  return { status, stdout, stderr };
}

const CLEAN = { status: 0, stderr: '' };

describe('agent-paste/testing', () => {
  test('changes nothing global, from its import to the end of two servers', () => {
    const { stdout, ...ended } = run(`${LIFE}${SNAPSHOT}
      const before = snapshot();
      const { startServer } = await import(${JSON.stringify(door('testing'))});
      await Promise.all([life(startServer), life(startServer)]);
      await life(startServer);
      console.log(JSON.stringify(changes(before, snapshot())));`);
    expect(ended).toEqual(CLEAN);
    expect(JSON.parse(stdout)).toEqual([]);
  });

  test.each([
    ['timers that are numbers', 'globalThis.setTimeout = globalThis.setInterval = globalThis.setImmediate = () => 1;'],
    ['clocks that stand still', 'globalThis.performance = { now: () => 0 };'],
    ['a crypto without subtle', "Object.defineProperty(globalThis, 'crypto', { value: {} });"],
    [
      'URLs of another kind',
      'globalThis.URL = globalThis.URLSearchParams = class { constructor() { throw new Error(); } };',
    ],
    [
      'encodings of another kind',
      'globalThis.TextDecoder = globalThis.TextEncoder = class { constructor() { throw new Error(); } };',
    ],
    ['no fetch and no base64', 'for (const name of ["fetch", "atob", "btoa"]) delete globalThis[name];'],
    [
      'a Response and Request of their own',
      'globalThis.Response = class extends Response {}; globalThis.Request = class extends Request {};',
    ],
  ])('works in an environment with %s, put there before or after its import', (_, hostile) => {
    const imported = `const { startServer } = await import(${JSON.stringify(door('testing'))});`;
    for (const order of [`${hostile}${imported}`, `${imported}${hostile}`])
      expect(run(`${LIFE}${order} await life(startServer); process.exit(0);`)).toMatchObject(CLEAN);
  });

  test.each([
    ['ends without stopping them', 'process.exit(0)', 0],
    ['fails', "throw new Error('of the test')", 1],
  ])('leaves no directory of servers behind when the process %s', (_, end, status) => {
    using temporary = temporaryDirectory();
    const ended = run(
      `const { startServer } = await import(${JSON.stringify(door('testing'))});
       for (let index = 0; index < 12; index += 1) await startServer();
       ${end};`,
      { TMPDIR: temporary.path },
    );
    expect(ended.status).toBe(status);
    expect(ended.stderr).not.toContain('Warning');
    expect(readdirSync(temporary.path)).toEqual([]);
  });
});

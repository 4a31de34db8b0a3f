/** A configuration file that was found upwards came with its directory, and its author may be a stranger. */
import { chmodSync, chownSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { agentPaste } from '../support/binary.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/directory.ts';

const KEY = 'sk_live_canary';
let directory: TemporaryDirectory;
let below: string;
let collector: Server;
let collected: string[];
let place: string;

beforeEach(async () => {
  directory = temporaryDirectory();
  below = inRepository('a/b');
  mkdirSync(below, { recursive: true });
  collected = [];
  collector = createServer((request, response) => {
    collected.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)}`);
    response.setHeader('content-type', 'application/json').end('{"keys":[]}');
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  place = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
});
afterEach(() => {
  collector.closeAllConnections();
  collector.close();
  directory[Symbol.dispose]();
});

const inRepository = (path: string) => join(directory.path, 'repository', path);

function config(text: string): string {
  const file = inRepository('agent-paste.config.yaml');
  writeFileSync(file, text, { mode: 0o644 });
  chmodSync(file, 0o644);
  return file;
}

const run = (args: readonly string[], env: Record<string, string> = {}) => agentPaste(args, { cwd: below, env });

const TOKEN = 'eyJhbGciOiJSUzI1NiJ9.e30.c2ln';

describe('the WORKOS_API_KEY of the environment', () => {
  test.each([
    ['serve', ['serve', '--port', '0']],
    ['explain', ['explain', TOKEN]],
    ['exec', ['exec', '--', 'true']],
    ['check', ['check', '--only', 'no-id-refused']],
    ['mint', ['mint']],
  ])('is not sent by %s to a place that the file names', async (_, args) => {
    const file = config(`workos-api-url: ${place}\n`);
    const { code, stderr } = await run(args, { WORKOS_API_KEY: KEY });
    expect({ code, line: stderr.split('\n')[0] }).toEqual({
      code: 2,
      line: `error: ${file}:1: workos-api-url must not come from a file that was found and not named: WORKOS_API_KEY of the environment would be sent to ${place}`,
    });
    expect(collected).toEqual([]);
  });

  test.each(['issuer: https://evil.example', 'jwks-url: https://evil.example/jwks'])(
    'does not stand beside an %s of the file',
    async (line) => {
      config(`${line}\n`);
      const env = { WORKOS_API_KEY: KEY, WORKOS_API_BASE_URL: place };
      const serve = await run(['serve', '--port', '0'], env);
      expect(serve).toMatchObject({ code: 2, stderr: expect.stringContaining('whose tokens are good') });
      const doctor = await run(['doctor'], env);
      expect(doctor).toMatchObject({ code: 1, stdout: expect.stringContaining('whose tokens are good') });
      expect(collected).toEqual([]);
    },
  );

  test('is not sent by doctor, which reports the file', async () => {
    config(`workos-api-url: ${place}\n`);
    const { code, stdout } = await run(['doctor'], { WORKOS_API_KEY: KEY });
    expect(code).toBe(1);
    expect(stdout).toContain('must not come from a file that was found');
    expect(collected).toEqual([]);
  });

  test('goes where a flag, a variable or a named file says', async () => {
    const file = config(`workos-api-url: ${place}\n`);
    await run(['doctor', '--config', file], { WORKOS_API_KEY: KEY });
    await run(['doctor'], { WORKOS_API_KEY: KEY, WORKOS_API_BASE_URL: place });
    expect(collected.filter((each) => each.includes(KEY))).toHaveLength(2);
  });

  test('is not sent to a server under judgement, nor to what that server names', async () => {
    const { code } = await run(['explain', TOKEN, '--url', place], { WORKOS_API_KEY: KEY });
    expect(code).not.toBe(70);
    expect(collected.join('\n')).not.toContain(KEY);
  });
});

test('a key of the file goes to the place of the same file', async () => {
  config(`workos-api-url: ${place}\nworkos-api-key: sk_of_the_file\n`);
  await run(['doctor']);
  expect(collected.filter((each) => each.includes('sk_of_the_file'))).toHaveLength(1);
});

test.each([
  ['replay', ['replay', '--token', TOKEN]],
  ['replay with the token of the environment', ['replay']],
  ['check', ['check', '--token', TOKEN]],
])('%s sends no given token to a URL of the file', async (name, args) => {
  config(`url: ${place}\n`);
  const env: Record<string, string> = name.includes('environment') ? { AGENT_PASTE_TOKEN: TOKEN } : {};
  const { code, stderr } = await run(args, env);
  expect(code).toBe(2);
  expect(stderr).toContain('the given token would be sent to');
  expect(collected).toEqual([]);
});

describe('the file may not set', () => {
  test.each([
    ['host: 0.0.0.0', 'host'],
    ['allow-remote: "true"', 'allow-remote'],
    ['allow-host: [evil.example]', 'allow-host'],
    ['allow-origin: [https://evil.example]', 'allow-origin'],
    ['db: ../notes.db', 'db'],
    ['db: /tmp/elsewhere.db', 'db'],
    ['state-dir: ..', 'state-dir'],
    ['state-dir: a/../../elsewhere', 'state-dir'],
    ['seed: ../seed.yaml', 'seed'],
  ])('%s', async (line, name) => {
    const file = config(`log: off\n${line}\n`);
    const { code, stderr } = await run(['mint']);
    expect(code).toBe(2);
    expect(stderr.split('\n')[0]).toContain(`error: ${file}:2: ${name} must not come from a file that was found`);
    expect(stderr).toContain('--config');
  });

  test.each<[string, string, () => void]>([
    ['db: out/x.db', 'db', () => symlinkSync('..', inRepository('out'))],
    ['db: one/x.db', 'db', () => symlinkSync('two', inRepository('one'))],
    ['state-dir: a/state', 'state-dir', () => symlinkSync('../../elsewhere', inRepository('a/state'))],
    ['state-dir: out/state', 'state-dir', () => symlinkSync('..', inRepository('out'))],
    ['seed: users.yaml', 'seed', () => symlinkSync('../elsewhere/secret.txt', inRepository('users.yaml'))],
    ['peppers: peppers.json', 'peppers', () => symlinkSync('../elsewhere/secret.txt', inRepository('peppers.json'))],
  ])('%s, where a link leads out of its directory', async (line, name, link) => {
    mkdirSync(inRepository('../elsewhere'));
    writeFileSync(inRepository('../elsewhere/secret.txt'), 'my-secret: 1\n');
    symlinkSync('../elsewhere', inRepository('two'));
    link();
    const file = config(`${line}\n`);
    for (const args of [['serve', '--port', '0'], ['mint'], ['reset', '--yes']]) {
      const { code, stderr } = await run(args);
      expect({ args, code }).toEqual({ args, code: 2 });
      expect(stderr).toContain(`error: ${file}:1: ${name} must not come from a file that was found`);
      expect(stderr).not.toContain('my-secret');
    }
    expect(readdirSync(inRepository('../elsewhere'))).toEqual(['secret.txt']);
    expect(readdirSync(inRepository('..')).sort()).toEqual(['elsewhere', 'repository']);
  });

  test.each<[string, () => void]>([
    ['db: new/x.db', () => symlinkSync('../nowhere', inRepository('new'))],
    ['db: x.db', () => symlinkSync('../x.db', inRepository('x.db'))],
    ['db: round/x.db', () => symlinkSync('round', inRepository('round'))],
    ['state-dir: a/state', () => symlinkSync('../../nowhere', inRepository('a/state'))],
  ])('%s, where a link leads to nothing, and nothing is made there', async (line, link) => {
    link();
    config(`${line}\n`);
    expect((await run(['serve', '--port', '0'])).code).toBe(7);
    expect(readdirSync(inRepository('..'))).toEqual(['repository']);
  });

  test('but a path through a link that stays inside it may, and so may a directory that is a link itself', async () => {
    mkdirSync(inRepository('data'));
    symlinkSync('data', inRepository('link'));
    config('db: link/x.db\nstate-dir: link/state\n');
    expect(await run(['mint'])).toMatchObject({ code: 0 });
    symlinkSync('repository', inRepository('../alias'));
    const cwd = join(inRepository('../alias'), 'a/b');
    expect(await agentPaste(['mint'], { cwd })).toMatchObject({ code: 0 });
  });

  test.each(['db: state/my.db', 'state-dir: .state', 'port: 0', 'issuer: https://issuer.example', 'db: ":memory:"'])(
    'but %s it may',
    async (line) => {
      config(`${line}\n`);
      expect(await run(['mint'])).toMatchObject({ code: 0 });
    },
  );
});

describe.skipIf(process.getuid?.() !== 0)('a file of another user (needs root to make one)', () => {
  test('is rejected, found or named', async () => {
    const file = config('log: off\n');
    chownSync(file, 65_534, 65_534);
    for (const args of [['mint'], ['mint', '--config', file]]) {
      const { code, stderr } = await run(args);
      expect(code).toBe(7);
      expect(stderr).toContain(`${file} belongs to user 65534`);
    }
  });
});

test.each([0o666, 0o646, 0o662])('a file of mode %o, which others may write, is rejected', async (mode) => {
  const file = config('log: off\n');
  chmodSync(file, mode);
  const { code, stderr } = await run(['mint']);
  expect(code).toBe(7);
  expect(stderr).toContain('can be written by other users');
});

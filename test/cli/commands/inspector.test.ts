/** Where the inspector listens, its key file, and `inspect --web`. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { openedInspector } from '../../inspector/web/opened.ts';
import { agentPaste, BINARY, serverProcess } from '../../support/binary.ts';
import { temporaryDirectory } from '../../support/directory.ts';

const noteIn = (directory: string) => readdirSync(directory).find((name) => name.startsWith('inspector-')) ?? '';

async function takenPort(): Promise<{ readonly port: number } & AsyncDisposable> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return { port, [Symbol.asyncDispose]: async () => void (await new Promise((resolve) => server.close(resolve))) };
}

test('leaves the key in a file of its owner alone while it runs, and a new one at each run', async () => {
  const directory = temporaryDirectory();
  await using first = await openedInspector([], directory);
  const path = join(first.directory, noteIn(first.directory));
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({
    url: first.server.ready.inspector_url,
    key: expect.stringMatching(/^[\w-]{43}$/),
    pid: first.server.ready.pid,
    db: first.server.ready.db,
    started_at: expect.any(String),
  });
  expect(JSON.stringify(first.server.ready)).not.toContain(first.key);
  await first.server.stop();
  expect(noteIn(first.directory)).toBe('');
});

test('says in its banner where it is, with the key in the fragment', async () => {
  using directory = temporaryDirectory();
  const args = ['serve', '--port', '0', '--inspector', 'read', '--inspector-port', '0', '--state-dir', directory.path];
  const child = spawn(process.execPath, [BINARY, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = once(child, 'exit');
  for await (const line of createInterface(child.stderr)) {
    const link = /^ {2}inspector (http:\/\/127\.0\.0\.1:\d+\/#key=[\w-]{43})$/.exec(line)?.[1];
    if (link === undefined) continue;
    const { key } = JSON.parse(readFileSync(join(directory.path, noteIn(directory.path)), 'utf8'));
    expect(link).toContain(`#key=${key}`);
    child.kill();
  }
  expect(await exited).toEqual([0, null]);
});

test('stays on 127.0.0.1 whatever the API listens on', async () => {
  await using inspector = await openedInspector(['--host', '0.0.0.0', '--allow-remote']);
  expect(inspector.server.ready.inspector_url).toBe(`http://127.0.0.1:${inspector.port}`);
  expect(inspector.server.stderr()).toContain('the inspector stays on 127.0.0.1');
  await expect(fetch(`http://[::1]:${inspector.port}/`)).rejects.toThrow();
});

test('ends with 6 where the port that was asked for is taken, and leaves nothing behind', async () => {
  await using taken = await takenPort();
  using directory = temporaryDirectory();
  const args = ['serve', '--port', '0', '--inspector', 'read', '--inspector-port', String(taken.port)];
  const { code, stderr } = await agentPaste([...args, '--state-dir', directory.path]);
  expect({ code, stderr }).toEqual({
    code: 6,
    stderr: expect.stringMatching(/^error: port \d+ of 127\.0\.0\.1, for the inspector, is in use\n/),
  });
  expect(readdirSync(directory.path).filter((name) => /^(inspector|server)-/.test(name))).toEqual([]);
});

test.each([
  [['--inspector', 'maybe'], '--inspector'],
  [['--inspector', 'read', '--inspector-port', '65536'], '--inspector-port'],
  [['--inspector', 'record', '--db', ':memory:'], '--inspector record keeps details beside a database file only'],
])('refuses %j in one line', async (args, named) => {
  using directory = temporaryDirectory();
  const { code, stderr } = await agentPaste(['serve', '--port', '0', '--state-dir', directory.path, ...args]);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(named) });
});

test('shows a database in memory, with details', async () => {
  await using inspector = await openedInspector(['--db', ':memory:']);
  await inspector.post(await inspector.mint('--email', 'ada@example.com'), { 'x-request-id': 'request_of_ada' });
  await inspector.written(1);
  const { callbacks, record, workspace_member } = await inspector.json('/api/callbacks/request_of_ada');
  expect(callbacks[0]).toMatchObject({ outcome: 'provisioned', detail: { verification: 'full' } });
  expect(record.outcome).toBe('provisioned');
  expect(workspace_member.email).toBe('ada@example.com');
});

test('inspect callback, explain and the log end with the link to the page, without the key', async () => {
  await using inspector = await openedInspector();
  await inspector.post('x', { 'x-request-id': 'request_refused' });
  await inspector.written(1);
  const link = `${inspector.server.ready.inspector_url}/callbacks/request_refused`;
  const state = ['--state-dir', inspector.directory];
  for (const args of [['inspect', 'callback'], ['explain']]) {
    const { stderr } = await agentPaste([...args, 'request_refused', ...state]);
    expect(stderr.trim().split('\n').at(-1)).toBe(`on the page: ${link}`);
    const { stdout } = await agentPaste([...args, 'request_refused', '--json', ...state]);
    expect(stdout).not.toContain('/callbacks/request_refused');
  }
  expect(inspector.server.stderr()).toContain(`→ ${link}`);
  await inspector.server.stop();
  expect((await agentPaste(['inspect', 'callback', 'request_refused', ...state])).stderr).toBe('');
});

test('every line of a JSON log that is about a callback has the link', async () => {
  await using inspector = await openedInspector(['--log', 'json']);
  await inspector.post('x', { 'x-request-id': 'request_refused' });
  await inspector.written(1);
  const line = inspector.server
    .stderr()
    .split('\n')
    .find((each) => each.includes('request_refused'));
  expect(JSON.parse(line ?? '{}').inspector_url).toBe(
    `${inspector.server.ready.inspector_url}/callbacks/request_refused`,
  );
});

test('is not started by other commands', async () => {
  using directory = temporaryDirectory();
  const script = `console.log(JSON.stringify(require('node:fs').readdirSync(process.env.AGENT_PASTE_STATE_DIR)))`;
  const { stdout } = await agentPaste(['exec', '--state-dir', directory.path, '--', process.execPath, '-e', script], {
    env: { AGENT_PASTE_INSPECTOR: 'read' },
  });
  expect(stdout).not.toContain('inspector-');
});

test.each([
  ['a link', (path: string, target: string) => symlinkSync(target, path)],
  ['a file that others can read', (path: string) => writeFileSync(path, '{}', { mode: 0o644 })],
])('refuses a key file that is %s', async (_, plant) => {
  using directory = temporaryDirectory();
  await using probe = await takenPort();
  const { port } = probe;
  await probe[Symbol.asyncDispose]();
  await agentPaste(['keys', 'list', '--state-dir', directory.path]);
  await agentPaste(['mint', '--email', 'ada@example.com', '--state-dir', directory.path]);
  plant(join(directory.path, `inspector-${port}.json`), join(directory.path, 'target'));
  const args = ['serve', '--port', '0', '--inspector', 'read', '--inspector-port', String(port)];
  const { code, stderr } = await agentPaste([...args, '--state-dir', directory.path]);
  expect({ code, stderr }).toEqual({ code: 7, stderr: expect.stringContaining('inspector-') });
  expect(existsSync(join(directory.path, 'target'))).toBe(false);
});

test('a key file that a killed server left is replaced, and removed by reset', async () => {
  const directory = temporaryDirectory();
  const state = ['--state-dir', directory.path];
  const first = await openedInspector([], directory);
  const { port, key } = first;
  await first.server.kill();
  expect(noteIn(directory.path)).not.toBe('');
  const next = await serverProcess(['--inspector', 'read', '--inspector-port', String(port), ...state]);
  const renewed = JSON.parse(readFileSync(join(directory.path, `inspector-${port}.json`), 'utf8')).key;
  expect(renewed).not.toBe(key);
  const old = await fetch(`http://127.0.0.1:${port}/api/state`, { headers: { authorization: `Bearer ${key}` } });
  expect(old.status).toBe(401);
  await next.kill();
  const { stdout } = await agentPaste(['reset', '--yes', ...state]);
  expect(stdout).toContain(`inspector-${port}.json`);
  expect(existsSync(join(directory.path, `inspector-${port}.json`))).toBe(false);
  directory[Symbol.dispose]();
});

/** `inspect --web` until it has printed its link. */
async function pageOf(args: readonly string[]) {
  const child = spawn(process.execPath, [BINARY, 'inspect', '--web', '--inspector-port', '0', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [link] = (await once(createInterface(child.stdout), 'line')) as [string];
  const [origin = '', key = ''] = link.split('/#key=');
  // biome-ignore lint/suspicious/noExplicitAny: the body of an answer is whatever the test says it is
  const get = async (path: string): Promise<any> =>
    (await fetch(`${origin}${path}`, { headers: { authorization: `Bearer ${key}` } })).json();
  return {
    get,
    async end(): Promise<unknown> {
      const exited = once(child, 'exit');
      child.kill('SIGINT');
      return (await exited)[0];
    },
  };
}

test('inspect --web shows a database without a server, reads alone, and ends with a signal', async () => {
  const directory = temporaryDirectory();
  const state = ['--state-dir', directory.path];
  {
    await using server = await serverProcess(['--inspector', 'record', ...state]);
    const { stdout } = await agentPaste(['mint', '--email', 'ada@example.com', ...state]);
    const headers = { authorization: `Bearer ${stdout.trim()}`, 'x-request-id': 'request_of_ada' };
    await fetch(server.ready.callback_url, { method: 'POST', headers });
    await server.stop();
  }
  const page = await pageOf(state);
  expect(await page.get('/api/state')).toMatchObject({
    mode: 'read',
    callback_url: null,
    can_send: false,
    database: join(directory.path, 'agent-paste.db'),
  });
  expect((await page.get('/api/callbacks/request_of_ada')).callbacks[0].detail.verification).toBe('full');
  expect(await page.end()).toBe(0);
  expect(noteIn(directory.path)).toBe('');
  directory[Symbol.dispose]();
});

test('inspect --web prints the link of the page that a server of this state has', async () => {
  await using inspector = await openedInspector();
  const { stdout, code } = await agentPaste(['inspect', '--web', '--state-dir', inspector.directory]);
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: `${inspector.server.ready.inspector_url}/#key=${inspector.key}\n`,
  });
});

test.each([
  ['no database', () => undefined, 5],
  ['a foreign file', (path: string) => writeFileSync(path, 'not a database', { mode: 0o600 }), 7],
  ['an empty file', (path: string) => writeFileSync(path, '', { mode: 0o600 }), 5],
])('inspect --web of %s says so', async (_, plant, expected) => {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'other.db');
  plant(path);
  const { code, stderr } = await agentPaste(['inspect', '--web', '--db', path, '--state-dir', directory.path]);
  expect({ code, stderr }).toEqual({ code: expected, stderr: expect.stringMatching(/^error: /) });
});

test.each([
  [['--audit'], '--audit'],
  [['--bundle', 'x.json'], '--bundle'],
  [['--url', 'http://127.0.0.1:8788'], '--url'],
  [['--key-file', 'x.json'], '--key-file'],
  [['--schema', 'reference'], '--schema'],
])('inspect --web refuses %j, which it would ignore', async (args, named) => {
  using directory = temporaryDirectory();
  const { code, stderr } = await agentPaste(['--state-dir', directory.path, 'inspect', '--web', ...args]);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(`--web and ${named} contradict`) });
});

test.each([[['members']], [['member', 'ada@example.com']], [['--audit']]])(
  'inspect %j refuses the port of a page that it does not have',
  async (args) => {
    using directory = temporaryDirectory();
    const given = ['--state-dir', directory.path, 'inspect', '--inspector-port', '0', ...args];
    const { code, stderr } = await agentPaste(given);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining('--inspector-port is the port of --web'),
    });
  },
);

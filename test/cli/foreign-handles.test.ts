/** Modules that are loaded before this program, as monitoring does, and keep a process alive. */
import { expect, test } from 'vitest';
import { agentPaste, serverProcess } from '../support/binary.ts';
import { temporaryDirectory } from '../support/directory.ts';

/** A child or a thread must not load the same module: it would start another one, and so on without end. */
const HANDLES: readonly [string, string][] = [
  ['a timer', 'setInterval(() => {}, 1000)'],
  ['a server', "import net from 'node:net'; net.createServer().listen(0, '127.0.0.1')"],
  ['a watched file', "import fs from 'node:fs'; fs.watch('.', () => {})"],
  [
    'a thread',
    "import { isMainThread, Worker } from 'node:worker_threads'; if (isMainThread) new Worker('setInterval(() => {}, 1000)', { eval: true })",
  ],
  [
    'a child process',
    "import { spawn } from 'node:child_process'; spawn(process.execPath, ['-e', 'process.stdin.resume()'], { env: {}, stdio: ['pipe', 'ignore', 'ignore'] })",
  ],
  ['a channel', "new BroadcastChannel('x').onmessage = () => {}"],
  ['its own handler of signals', "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)"],
];
const preloaded = (code: string) => ({ NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` });

test.each(HANDLES)('commands end when their output is written, beside %s', async (_, code) => {
  using directory = temporaryDirectory();
  const run = (...args: string[]) => agentPaste([...args, '--state-dir', directory.path], { env: preloaded(code) });
  const minted = await run('mint', '--json');
  expect(minted.code).toBe(0);
  expect(JSON.parse(minted.stdout)).toBeTypeOf('object');
  expect((await run('keys', 'list')).code).toBe(0);
  expect((await run('keys', 'retire', 'nothing')).code).toBe(5);
  expect((await agentPaste(['nonsense'], { env: preloaded(code) })).code).toBe(2);
});

test.each(HANDLES)('commands that run servers or read a state end too, beside %s', async (_, code) => {
  using directory = temporaryDirectory();
  const run = (...args: string[]) =>
    agentPaste([...args, '--state-dir', directory.path], { cwd: directory.path, env: preloaded(code) });
  const { stdout: token } = await run('mint');
  expect((await run('explain', token.trim())).code).toBe(0);
  expect((await run('doctor', '--port', '0')).code).toBe(0);
  expect((await run('inspect', 'users')).code).toBe(0);
  expect((await run('exec', '--', 'sh', '-c', 'exit 3')).code).toBe(3);
});

test.each(HANDLES)('a server that is told to stop ends, beside %s', async (_, code) => {
  using directory = temporaryDirectory();
  await using server = await serverProcess(['--state-dir', directory.path], { env: preloaded(code) });
  expect(await server.stop()).toBe(0);
});

/** `--quiet` leaves out notes, never a result. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { agentPaste, type ServerProcess, serverProcess } from '../support/binary.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/directory.ts';

let directory: TemporaryDirectory;
let server: ServerProcess;
let token: string;

beforeAll(async () => {
  directory = temporaryDirectory();
  server = await serverProcess([], { cwd: directory.path });
  token = (await run('mint', '--email', 'ada@example.com')).stdout.trim();
  await run('replay', '--token', token);
  await run('replay', '--email', 'ada@example.com', '--fault', 'expired');
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  directory[Symbol.dispose]();
});

const run = (...args: readonly string[]) => agentPaste(args, { cwd: directory.path });

/** Without what is another at each run: ids, hashes, numbers. */
const shape = (text: string) => text.replace(/[\w-]*\d[\w.:-]*/g, '#').replace(/ +/g, ' ');

test.each([
  ['mint', '--email', 'ada@example.com'],
  ['users', 'list'],
  ['users', 'add', 'eve@example.com'],
  ['keys', 'list'],
  ['keys', 'rotate'],
  ['status'],
  ['wait'],
  ['clock', 'show'],
  ['replay', '--email', 'ada@example.com'],
  ['replay', '--email', 'ada@example.com', '--times', '3', '--json'],
  ['check', '--only', 'replay-identical'],
  ['explain', 'eyJhbGciOiJub25lIn0.e30.'],
  ['inspect', 'members'],
  ['inspect', 'callbacks', '--by', 'reason'],
  ['inspect', 'member', 'ada@example.com'],
  ['inspect', '--audit'],
  ['inspect', 'bundle', '--member', 'ada@example.com', '--out', '-'],
  ['doctor'],
  ['sweep'],
])('%s %s %s %s keeps its result', async (...args) => {
  const loud = await run(...args);
  const quiet = await run(...args, '--quiet');
  expect(quiet.code).toBe(loud.code);
  expect(loud.stdout).not.toBe('');
  expect(shape(quiet.stdout)).toBe(shape(loud.stdout));
  expect(quiet.stderr).toBe('');
});

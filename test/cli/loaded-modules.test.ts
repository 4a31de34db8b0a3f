/** What a command loads of Node, it waits for at each start. */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { agentPaste } from '../support/binary.ts';
import { temporaryDirectory } from '../support/directory.ts';

const SLOW = ['child_process', 'http', 'https', 'net', 'perf_hooks', 'readline', 'tty', 'zlib'];

test.each(['--help', '--version', 'mint', 'users list', 'keys list', 'inspect members', 'inspect callbacks'])(
  '%s loads no module of Node that only other commands need',
  async (line) => {
    using directory = temporaryDirectory();
    const hook = join(directory.path, 'hook.cjs');
    const list = join(directory.path, 'list');
    const writing = `require('node:fs').writeFileSync(${JSON.stringify(list)}, process.moduleLoadList.join('\\n'))`;
    writeFileSync(hook, `process.on('exit', () => ${writing});`);
    const state = ['--state-dir', join(directory.path, 'state')];
    await agentPaste(['exec', ...state, '--', process.execPath, '-e', '']);
    const { code } = await agentPaste([...state, ...line.split(' ')], {
      env: { NODE_OPTIONS: `--require=${hook}` },
    });
    expect(code).toBe(0);
    const loaded = readFileSync(list, 'utf8').split('\n');
    expect(SLOW.filter((name) => loaded.includes(`NativeModule ${name}`))).toEqual([]);
  },
);

/** The files of the program that are read until the command ends. */
test.each([
  ['--help', ['help']],
  ['--version', ['help']],
  ['mint', ['main']],
  ['users list', ['main', 'users', 'requests', 'page', 'records']],
  ['inspect members', ['main', 'inspect', 'records', 'page', 'reading']],
])('%s reads these files: %j', async (line, expected) => {
  using directory = temporaryDirectory();
  const hook = join(directory.path, 'hook.cjs');
  const list = join(directory.path, 'list');
  const writing = `require('node:fs').writeFileSync(${JSON.stringify(list)}, Object.keys(require.cache).join('\\n'))`;
  writeFileSync(hook, `process.on('exit', () => ${writing});`);
  const state = ['--state-dir', join(directory.path, 'state')];
  await agentPaste(['exec', ...state, '--', process.execPath, '-e', '']);
  const args = [...line.split(' '), ...(line.startsWith('--') ? [] : state)];
  expect((await agentPaste(args, { env: { NODE_OPTIONS: `--require=${hook}` } })).code).toBe(0);
  const paths = readFileSync(list, 'utf8').split('\n');
  const read = paths.map((path) => basename(path).replace(/(-[\w-]{8})?\.cjs$/, ''));
  expect(read.slice(0, 3)).toEqual(['hook', 'agent-paste.js', 'runtime.js']);
  expect(read.slice(3).sort()).toEqual(expected.sort());
});

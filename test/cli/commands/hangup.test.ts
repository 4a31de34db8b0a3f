/** A server whose terminal is closed, and one that has none. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BINARY } from '../../support/binary.ts';
import { command } from '../../support/command.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../support/directory.ts';
import { heard } from '../../support/shell.ts';
import { HAS_TERMINALS, onTerminal } from '../../support/terminal.ts';

const SERVE = `'${process.execPath}' '${BINARY}' serve --port 0`;
let directory: TemporaryDirectory;

beforeEach(() => {
  directory = temporaryDirectory();
});
afterEach(() => directory[Symbol.dispose]());

/** On a terminal whose first program is a shell with that command. */
const terminalWith = (command: string) => onTerminal(['sh', '-c', command], { cwd: directory.path });

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const read = (name: string) =>
  existsSync(join(directory.path, name)) ? readFileSync(join(directory.path, name), 'utf8') : '';

/** Of a server that printed its ready line into a file. */
async function readyIn(file: string): Promise<{ pid: number; url: string }> {
  await expect.poll(() => read(file)).toContain('\n');
  return JSON.parse(read(file));
}

test.runIf(HAS_TERMINALS)('a server that is the program of the terminal ends in order when it is closed', async () => {
  using terminal = terminalWith(`exec ${SERVE}`);
  await heard(terminal.stdout, 'is ready at');
  expect(await terminal.close()).toBe(0);
  expect(existsSync(join(directory.path, '.agent-paste', 'agent-paste.db-wal'))).toBe(false);
});

test.runIf(HAS_TERMINALS).each([
  ['in the foreground of a shell', `${SERVE} --json | tee ready; :`],
  [
    'in the background of an interactive shell',
    `exec bash --norc -i -c '${SERVE.replaceAll("'", '"')} --json > ready & wait'`,
  ],
  ['with the input alone on the terminal', `${SERVE} --json > ready 2> errors; :`],
  ['with the errors alone on the terminal', `${SERVE} --json > ready < /dev/null; :`],
])('a server %s ends when the terminal is closed', async (_, command) => {
  using terminal = terminalWith(command);
  terminal.stdout.resume();
  const { pid, url } = await readyIn('ready');
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  await terminal.close();
  await expect.poll(() => isAlive(pid)).toBe(false);
});

test.runIf(HAS_TERMINALS)('a server under nohup lives on, and reads its keys again at SIGHUP', async () => {
  using terminal = terminalWith(`nohup ${SERVE} --json > ready 2> errors < /dev/null & wait`);
  terminal.stdout.resume();
  const { pid, url } = await readyIn('ready');
  try {
    await terminal.close();
    process.kill(pid, 'SIGHUP');
    await expect.poll(() => read('errors')).toContain('keys reloaded');
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  } finally {
    process.kill(pid, 'SIGTERM');
    await expect.poll(() => isAlive(pid)).toBe(false);
  }
});

test.each<[string, readonly string[], number]>([
  ['a seed that is missing', ['--seed', 'nope.yaml'], 2],
  ['a database of another program', ['--db', 'notes.txt'], 7],
  ['an issuer that is none', ['--issuer', '/'], 2],
  ['a port that it may not have', ['--port', '6000'], 2],
  ['a clock beside another WorkOS', ['--clock', '+1h', '--workos-api-url', 'http://127.0.0.1:1'], 2],
])('a start that fails by %s leaves no listener behind', async (_, args, code) => {
  writeFileSync(join(directory.path, 'notes.txt'), 'mine '.repeat(1000));
  const listeners = () => process.eventNames().map((name) => [name, process.listenerCount(name)]);
  const before = listeners();
  const result = await command(['serve', '--port', '0', ...args], { cwd: directory.path });
  expect(result.code, result.stderr).toBe(code);
  expect(listeners()).toEqual(before);
});

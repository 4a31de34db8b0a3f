import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { guarded, guardState, serveState } from '../../src/machine/state-guard.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/directory.ts';

const MODULE = JSON.stringify(new URL('../../src/machine/state-guard.ts', import.meta.url).href);
let directory: TemporaryDirectory;
const children: ChildProcess[] = [];

beforeEach(() => {
  directory = temporaryDirectory();
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  directory[Symbol.dispose]();
});

/** What is held is kept in a global: a lock that nothing refers to is closed with its garbage. Another process that runs the code with `directory` and the module, and says a word when it is done. */
async function anotherProcess(code: string) {
  const script = `const { guardState, serveState } = await import(${MODULE});
    const directory = ${JSON.stringify(directory.path)};
    ${code}
    process.stdout.write('done');
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  children.push(child);
  return child;
}

describe('the guard', () => {
  test('lets one holder at a time work, in this process and in others', async () => {
    let inside = 0;
    let most = 0;
    const work = async () => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise(setImmediate);
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 16 }, () => guarded(directory.path, 'work', work)));
    expect(most).toBe(1);
  });

  test('names who is waited for, and gives up in time', async () => {
    const other = await anotherProcess(`globalThis.held = await guardState(directory, 'agent-paste reset');`);
    const told: string[] = [];
    const waiting = guardState(directory.path, 'agent-paste mint', {
      onWait: (text) => void told.push(text),
      waitMs: 500,
    });
    await expect(waiting).rejects.toMatchObject({
      code: 'state_locked',
      message: `${directory.path} is being changed by agent-paste reset (pid ${other.pid})`,
    });
    expect(told).toEqual([`waiting for agent-paste reset (pid ${other.pid}) to finish with ${directory.path}`]);
    other.kill('SIGKILL');
    await once(other, 'exit');
  });

  test('is free as soon as its holder is killed', async () => {
    const other = await anotherProcess(`globalThis.held = await guardState(directory, 'agent-paste reset');`);
    other.kill('SIGKILL');
    await once(other, 'exit');
    await guarded(directory.path, 'work', () => undefined, { waitMs: 0 });
  });

  test('is free after work that throws', async () => {
    await expect(guarded(directory.path, 'work', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await guarded(directory.path, 'work', () => undefined, { waitMs: 0 });
  });

  test('leaves empty files that only their owner may read', async () => {
    await guarded(directory.path, 'work', (guard) => guard.isServed());
    for (const name of ['state.lock', 'served.lock'])
      expect(statSync(join(directory.path, name))).toMatchObject({ size: 0, mode: 0o100600 });
    expect(readdirSync(directory.path).sort()).toEqual(['served.lock', 'state.lock']);
  });

  test('rejects a lock file that is something else', async () => {
    writeFileSync(
      join(directory.path, 'state.lock'),
      'a note of mine, longer than the header of a database '.repeat(9),
    );
    await expect(guardState(directory.path, 'work')).rejects.toMatchObject({ code: 'state_unwritable', exitCode: 7 });
  });

  test('writes through no link in place of the note of its holder', async () => {
    const mine = join(directory.path, 'mine.txt');
    writeFileSync(mine, 'kept');
    symlinkSync(mine, join(directory.path, 'state.holder'));
    await guarded(directory.path, 'work', () => undefined);
    expect(statSync(mine).size).toBe(4);
  });
});

describe('a server', () => {
  test('is seen by the holder of the guard, until it ends in any way', async () => {
    const guard = await guardState(directory.path, 'work');
    expect(guard.isServed()).toBe(false);
    guard.release();
    const mine = serveState(directory.path);
    const other = await anotherProcess(`globalThis.held = serveState(directory);`);
    const isServed = () => guarded(directory.path, 'work', (held) => held.isServed());
    expect(await isServed()).toBe(true);
    mine.release();
    expect(await isServed()).toBe(true);
    other.kill('SIGKILL');
    await once(other, 'exit');
    expect(await isServed()).toBe(false);
  });

  test('cannot begin while a state without servers is guarded', async () => {
    const guard = await guardState(directory.path, 'work');
    expect(guard.isServed()).toBe(false);
    expect(() => serveState(directory.path)).toThrow(/is being changed by work/);
    guard.release();
    serveState(directory.path).release();
  });
});

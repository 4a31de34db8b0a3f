/** Paths that SQLite cannot open: the hint is to choose a shorter one, and nothing is made. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { command } from '../support/command.ts';
import { temporaryDirectory } from '../support/directory.ts';

const SEGMENT = 'a'.repeat(40);

/** A path of so many bytes below the directory. */
function longPath(directory: string, bytes: number): string {
  const segments = join(directory, ...Array<string>(Math.ceil(bytes / 41)).fill(SEGMENT));
  return segments.slice(0, bytes).replace(/\/$/, 'a');
}

test.each([471, 520, 1500, 3900])('a state directory of %i bytes is refused, and not made', async (bytes) => {
  using directory = temporaryDirectory();
  const path = longPath(directory.path, bytes);
  for (const args of [['mint'], ['users', 'add', 'ada@example.com'], ['keys', 'rotate'], ['serve', '--port', '0']]) {
    const { code, stderr } = await command([...args, '--state-dir', path]);
    expect({ args, code }).toEqual({ args, code: 7 });
    expect(stderr).toContain(`the path of the state directory has ${bytes} bytes`);
    expect(stderr).toContain('Choose a shorter place with --state-dir.');
  }
  const { code, stdout } = await command(['doctor', '--port', '0', '--state-dir', path, '--json']);
  expect(code).toBe(1);
  expect(stdout).toContain(`the path of the state directory has ${bytes} bytes`);
  expect(existsSync(join(directory.path, SEGMENT))).toBe(false);
});

test('a state directory of the greatest length is served', async () => {
  using directory = temporaryDirectory();
  const path = longPath(directory.path, 470);
  expect((await command(['mint', '--state-dir', path])).code).toBe(0);
  expect((await command(['exec', '--state-dir', path, '--', 'true'])).code).toBe(0);
});

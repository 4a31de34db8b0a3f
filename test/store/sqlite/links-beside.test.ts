/** Links beside a database, and directories that a group may enter: refused, and nothing outside is changed. */
import { chmodSync, mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { command } from '../../support/command.ts';
import { temporaryDirectory } from '../../support/directory.ts';

const NAMES = ['workos-users.db', 'agent-paste.db', 'agent-paste.attempts.db'];
const FILES = NAMES.flatMap((name) => ['-wal', '-shm', '-journal'].map((suffix) => `${name}${suffix}`));

describe.skipIf(process.platform === 'win32')('a state directory', () => {
  test.each(FILES)('with a link at %s is refused, and its target keeps its mode', async (name) => {
    using outside = temporaryDirectory();
    using directory = temporaryDirectory();
    const state = join(directory.path, 'state');
    mkdirSync(state, { mode: 0o700 });
    const target = join(outside.path, 'target');
    writeFileSync(target, 'mine', { mode: 0o644 });
    chmodSync(outside.path, 0o755);
    for (const to of [target, outside.path]) {
      symlinkSync(to, join(state, name));
      const { code, stderr } = await command(['serve', '--port', '0', '--state-dir', state]);
      expect({ code, stderr }).toEqual({
        code: 7,
        stderr: expect.stringMatching(/is a symbolic link|is empty but .*-wal is not/),
      });
      expect([statSync(target).mode & 0o777, statSync(outside.path).mode & 0o777]).toEqual([0o644, 0o755]);
      rmSync(join(state, name));
    }
  });

  test.each([0o775, 0o750, 0o710, 0o705, 0o770])('of mode %o is refused, and so are its signing keys', async (mode) => {
    for (const inner of ['', 'signing-keys']) {
      using directory = temporaryDirectory();
      const state = join(directory.path, 'state');
      mkdirSync(join(state, inner), { recursive: true, mode: 0o700 });
      chmodSync(state, 0o700);
      chmodSync(join(state, inner), mode);
      for (const args of [['mint'], ['serve', '--port', '0'], ['keys', 'rotate']]) {
        const { code, stderr } = await command([...args, '--state-dir', state]);
        expect({ args, code }, stderr).toEqual({ args, code: 7 });
        expect(stderr).toContain(`has mode 0${mode.toString(8)}`);
      }
      expect(statSync(join(state, inner)).mode & 0o777).toBe(mode);
    }
  });
});

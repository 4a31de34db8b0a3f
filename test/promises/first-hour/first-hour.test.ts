import { join } from 'node:path';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { BINARY } from '../../support/binary.ts';
import { type InstalledPackage, installPackage } from '../../support/package.ts';
import { shell } from '../../support/shell.ts';
import { CI } from './ci.ts';
import { DEVELOPER } from './developer.ts';
import { play } from './script.ts';
import { SUPPORT } from './support.ts';

let installed: InstalledPackage;

beforeAll(() => {
  installed = installPackage();
});

afterAll(() => installed[Symbol.dispose]());

describe.each([
  ['built from the source', () => BINARY],
  ['installed from the package', () => join(installed.project, 'node_modules/agent-paste/bin/agent-paste.js')],
])('the program, %s', (_, program) => {
  test.concurrent.each([
    ['a developer', DEVELOPER],
    ['CI', CI],
    ['support', SUPPORT],
  ])('does in its first hour what %s needs', async (_, script) => {
    using sh = shell(program());
    await play(sh, script);
  });
});

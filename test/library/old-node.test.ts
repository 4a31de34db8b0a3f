/** The library in a Node that is too old: one sentence, before anything of the program is read. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { BINARY } from '../support/binary.ts';
import { temporaryDirectory } from '../support/directory.ts';

const door = (name: string) => pathToFileURL(join(dirname(BINARY), '..', 'dist', 'library', `${name}.js`)).href;
const DOORS = ['testing', 'msw'];

/** The message of the error with which the import ends. */
function imported(name: string, node: string, ...options: string[]) {
  const program = `import(${JSON.stringify(door(name))}).then(() => console.log('loaded'), ({ message }) => console.log(message))`;
  const { stdout } = spawnSync(node, [...options, '--input-type=module', '-e', program], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH ?? '' },
  });
  return stdout;
}

function disguised(name: string, version: string) {
  using directory = temporaryDirectory();
  const file = join(directory.path, 'disguise.mjs');
  writeFileSync(file, `Object.defineProperty(process, 'version', { value: 'v${version}' });\n`);
  return imported(name, process.execPath, '--import', pathToFileURL(file).href);
}

test.each(DOORS.flatMap((name) => ['20.20.2', '22.21.0', '24.14.1'].map((version) => [name, version])))(
  'agent-paste/%s is refused by Node %s in one sentence',
  (name = '', version = '') => {
    expect(disguised(name, version)).toMatch(
      new RegExp(`^agent-paste needs Node 24\\.15 or newer; this is v${version} \\(.*\\)\\.\n$`),
    );
  },
);

test.each(['24.15.0', '26.0.0'])('agent-paste/testing is loaded by Node %s', (version) => {
  expect(disguised('testing', version)).toBe('loaded\n');
});

test.each(DOORS)('agent-paste/%s is refused by a Node without SQLite', (name) => {
  expect(imported(name, process.execPath, '--no-experimental-sqlite')).toMatch(
    /^agent-paste needs Node .*, with SQLite: /,
  );
});

/** Whatever older Node the machine has beside ours. */
const older = ['/usr/bin/node', '/usr/local/bin/node'].find(
  (node) => Number(/^v(\d+)/.exec(spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout ?? '')?.[1]) < 24,
);

test.runIf(older !== undefined).each(DOORS)('agent-paste/%s is refused by a real older Node', (name) => {
  expect(imported(name, older ?? '')).toMatch(
    /^agent-paste needs Node 24\.15 or newer; this is v\d+\.\d+\.\d+ \(.*\)\.\n$/,
  );
});

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BINARY } from '../support/binary.ts';
import { temporaryDirectory } from '../support/directory.ts';
import { ROOT } from '../support/package.ts';

/** The second line: what to do. */
const REMEDY =
  'Install it from https://nodejs\\.org, .*: nvm install 24\\. In a clone of agent-paste, `npm ci` brings one, .*\n';

/** Runs the program in a Node that says it is an older one. */
function runAs(version: string) {
  using directory = temporaryDirectory();
  const disguise = join(directory.path, 'disguise.mjs');
  const text = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } });
Object.defineProperty(process, 'version', { value: 'v${version}' });\n`;
  writeFileSync(disguise, text);
  return spawnSync(process.execPath, ['--import', disguise, BINARY, '--version'], { encoding: 'utf8' });
}

test('needs the Node that package.json asks for', () => {
  const { engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const [, needed = ''] = /needs Node ([\d.]+) or newer/.exec(runAs('20.20.2').stderr) ?? [];
  expect(engines.node).toBe(`>=${needed}.0`);
});

test.each(['20.20.2', '22.0.0', '24.14.1'])(
  'rejects Node %s in one sentence, with a remedy and exit code 2',
  (version) => {
    const { status, stdout, stderr } = runAs(version);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(
      new RegExp(`^agent-paste needs Node 24\\.15 or newer; this is v${version} \\(.*\\)\\.\n${REMEDY}$`),
    );
  },
);

test.each(['24.15.0', '26.1.0'])('accepts Node %s', (version) => {
  expect(runAs(version)).toMatchObject({ status: 0, stderr: '' });
});

test.each(['bun', 'deno'])('rejects %s in one sentence, with a remedy and exit code 2', (name) => {
  using directory = temporaryDirectory();
  const disguise = join(directory.path, 'disguise.mjs');
  const versions = `{ ...process.versions, ${name}: '1.3.0' }`;
  writeFileSync(disguise, `Object.defineProperty(process, 'versions', { value: ${versions} });\n`);
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', disguise, BINARY, 'mint'], {
    encoding: 'utf8',
  });
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toMatch(
    new RegExp(`^agent-paste needs Node 24\\.15 or newer; this is ${name} 1\\.3\\.0 \\(.*\\)\\.\n${REMEDY}$`),
  );
});

test.each([
  ['on the command line', ['--no-experimental-sqlite'], {}],
  ['in the environment', [], { NODE_OPTIONS: '--no-experimental-sqlite' }],
])(
  'rejects a Node without SQLite, as asked for %s, in one sentence, with a remedy and exit code 2',
  (_, options, env) => {
    for (const command of ['mint', 'serve', 'doctor', '--version']) {
      const { status, stdout, stderr } = spawnSync(process.execPath, [...options, BINARY, command], {
        encoding: 'utf8',
        env: { PATH: process.env.PATH ?? '', ...env },
      });
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
      expect(stderr).toMatch(new RegExp(`^agent-paste needs Node 24\\.15 or newer, with SQLite: .*\n${REMEDY}$`));
    }
  },
);

/** Whatever older Node the machine has beside ours. */
const found = (process.env.PATH ?? '')
  .split(':')
  .filter((directory) => directory.startsWith('/') && !directory.includes('node_modules'))
  .map((directory) => join(directory, 'node'))
  .find((node) => Number(/^v(\d+)/.exec(spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout ?? '')?.[1]) < 24);

test.runIf(found !== undefined)('prints the sentence on a real older Node', () => {
  const { status, stdout, stderr } = spawnSync(found ?? '', [BINARY, 'mint'], { encoding: 'utf8' });
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toMatch(
    new RegExp(`^agent-paste needs Node 24\\.15 or newer; this is v\\d+\\.\\d+\\.\\d+ \\(.*\\)\\.\n${REMEDY}$`),
  );
});

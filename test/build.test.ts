import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openHeldFile } from '../src/machine/file-lock.ts';
import { BINARY, type RunResult } from './support/binary.ts';
import { temporaryDirectory } from './support/directory.ts';
import { linkProgram } from './tools/build/program-link.ts';
import { putInPlace } from './tools/build/put-in-place.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BUILT = join(dirname(dirname(BINARY)), 'dist');

/** A clone in which nothing is built yet: `bin` with its manifest, and `dist` as the test wants it. */
function unbuilt() {
  const directory = temporaryDirectory();
  onTestFinished(() => directory[Symbol.dispose]());
  for (const part of ['bin', 'package.json']) cpSync(join(ROOT, part), join(directory.path, part), { recursive: true });
  return { bin: join(directory.path, 'bin/agent-paste.js'), dist: join(directory.path, 'dist') };
}

function writeIn(directory: string, files: Record<string, string>): string {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), content);
  }
  return directory;
}

async function node(...args: string[]): Promise<RunResult> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, stdout, stderr };
}

describe('a program that is not whole', () => {
  test('says in one line that it is not built', async () => {
    const { bin } = unbuilt();
    const { code, stdout, stderr } = await node(bin, 'serve');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe(`agent-paste is not built: run \`npm run build\` in ${dirname(dirname(bin))}\n`);
  });

  test.each([
    ['a chunk is missing', "require('./chunk-of-another-build.cjs')"],
    ['its entry is cut off', 'module.exports = {'],
    ['its entry throws', 'throw new Error("first\\nsecond")'],
  ])('prints one line and no stack trace when %s', async (_, entry) => {
    const { bin, dist } = unbuilt();
    mkdirSync(dist);
    writeFileSync(join(dist, 'main.cjs'), entry);
    const { code, stderr } = await node(bin, 'mint', '--list-faults');
    expect(code).toBe(2);
    expect(stderr).toMatch(/^agent-paste (is not built|cannot be loaded): [^\n]+\n$/);
  });
});

/** The built program under other names of its chunks: what another state of the source would give. */
function anotherBuild(from: string, to: string): string {
  const renamed = (text: string) => text.replaceAll(/-([\w-]{8})\.cjs/g, '-$1x.cjs');
  for (const name of readdirSync(from).filter((each) => each.endsWith('.cjs')))
    writeIn(to, { [renamed(name)]: renamed(readFileSync(join(from, name), 'utf8')) });
  return to;
}

test('builds at the same time leave a program that can be started at any moment', async () => {
  const { bin, dist } = unbuilt();
  using directory = temporaryDirectory();
  const builds = [BUILT, anotherBuild(BUILT, directory.path)];
  const place = `
    import { cpSync, mkdtempSync, rmSync } from 'node:fs';
    import { basename } from 'node:path';
    import { putInPlace } from ${JSON.stringify(join(ROOT, 'test/tools/build/put-in-place.ts'))};
    for (let index = 0; index < 2; index++) {
      const made = mkdtempSync(process.argv[2] + '/.building-');
      // Without the cache of compiled code, in which other tests write and rename files meanwhile.
      cpSync(process.argv[1], made, { recursive: true, filter: (path) => !basename(path).startsWith('.') });
      putInPlace(made, process.argv[2], false);
      rmSync(made, { recursive: true });
    }`;
  mkdirSync(dist);
  let building = true;
  const builders = Promise.all(
    Array.from({ length: 16 }, (_, index) =>
      node('--input-type=module', '-e', place, builds[index % 2] as string, dist),
    ),
  ).finally(() => {
    building = false;
  });
  // Of two that start together, either may be the one that looks before the first build is in place.
  const starts: (readonly RunResult[])[] = [];
  while (building) starts.push(await Promise.all([node(bin, 'mint', '--help'), node(bin, 'check', '--list')]));
  for (const { code, stderr } of await builders) expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const first = starts.findIndex((pair) => pair.some(({ code }) => code === 0));
  expect(first).toBeGreaterThanOrEqual(0);
  for (const { code, stderr } of starts.slice(first + 1).flat())
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  for (const { stderr } of starts.slice(0, first + 1).flat())
    expect(stderr).toMatch(/^(agent-paste is not built: .*\n)?$/);
  expect(readdirSync(dist).filter((name) => name.startsWith('.building'))).toEqual([]);
});

test('builds the program, the library and its types', async () => {
  const { bin, dist } = unbuilt();
  const build = join(ROOT, 'test/tools/build/build.mjs');
  for (const result of await Promise.all([node(build, '--into', dist), node(build, '--no-types', '--into', dist)]))
    expect(result).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(await node(bin, '--version')).toMatchObject({ code: 0, stderr: '' });
  for (const path of ['library/testing.js', 'types/src/library/msw.d.ts', 'THIRD-PARTY-NOTICES.txt'])
    expect(existsSync(join(dist, path)), path).toBe(true);
});

describe.runIf(process.platform !== 'win32')('the clone has `agent-paste` among its programs', () => {
  const programs = (bin: string) => join(dirname(dirname(bin)), 'node_modules/.bin');
  const started = (path: string, cwd: string) =>
    spawnSync('agent-paste', ['--version'], {
      cwd,
      env: { PATH: `${path}:${dirname(process.execPath)}:${process.env.PATH}` },
      encoding: 'utf8',
    });

  test('once, whatever number of builds link it, and starts it from any directory', async () => {
    const { bin, dist } = unbuilt();
    cpSync(BUILT, dist, { recursive: true, filter: (path) => !path.includes('.compile-cache') });
    const link = `(await import(${JSON.stringify(join(ROOT, 'test/tools/build/program-link.ts'))})).linkProgram(process.argv[1])`;
    const root = dirname(dirname(bin));
    const links = await Promise.all(Array.from({ length: 16 }, () => node('--input-type=module', '-e', link, root)));
    for (const each of links) expect(each).toMatchObject({ code: 0, stderr: '' });
    expect(readdirSync(programs(bin))).toEqual(['agent-paste']);
    for (const cwd of ['/', root, programs(bin)])
      expect(started(programs(bin), cwd)).toMatchObject({ status: 0, stderr: '' });
  });

  test('also after the clone was moved to a place with a space, or is reached through a link', () => {
    const { bin, dist } = unbuilt();
    cpSync(BUILT, dist, { recursive: true, filter: (path) => !path.includes('.compile-cache') });
    const root = dirname(dirname(bin));
    linkProgram(root);
    using directory = temporaryDirectory();
    const moved = join(directory.path, 'a clone');
    renameSync(root, moved);
    mkdirSync(root); // which the end of the test removes
    symlinkSync(moved, join(directory.path, 'link'));
    for (const place of [moved, join(directory.path, 'link')])
      expect(started(join(place, 'node_modules/.bin'), '/')).toMatchObject({ status: 0, stderr: '' });
  });

  test('which says in one line that nothing is built yet', () => {
    const { bin } = unbuilt();
    linkProgram(dirname(dirname(bin)));
    const { status, stderr } = started(programs(bin), '/');
    expect({ status, lines: stderr.trimEnd().split('\n').length }).toEqual({ status: 2, lines: 1 });
    expect(stderr).toContain('agent-paste is not built: run `npm run build` in ');
  });

  test('and a program of that name that is there already stays', () => {
    const { bin } = unbuilt();
    writeIn(programs(bin), { 'agent-paste': 'mine' });
    linkProgram(dirname(dirname(bin)));
    expect(readFileSync(join(programs(bin), 'agent-paste'), 'utf8')).toBe('mine');
  });
});

describe('a build', () => {
  const old = (path: string) => utimesSync(path, 0, Date.now() / 1000 - 2 * 24 * 60 * 60);

  test('keeps the chunks of the last day for servers that still load them, and removes older ones', () => {
    using directory = temporaryDirectory();
    const dist = writeIn(join(directory.path, 'dist'), {
      'main.cjs': 'old',
      'chunk-1.cjs': 'of this morning',
      'chunk-0.cjs': 'of last week',
      '.building-killed/main.cjs': 'half',
    });
    old(join(dist, 'chunk-0.cjs'));
    old(join(dist, '.building-killed'));
    putInPlace(writeIn(join(directory.path, 'made'), { 'main.cjs': 'new', 'library/testing.js': 'new' }), dist, false);
    expect(readFileSync(join(dist, 'main.cjs'), 'utf8')).toBe('new');
    expect(readdirSync(dist).sort()).toEqual(['.lock', 'chunk-1.cjs', 'library', 'main.cjs']);
  });

  test('removes what a killed build has left, however young, and nothing of one that lives', () => {
    using directory = temporaryDirectory();
    const dist = writeIn(join(directory.path, 'dist'), {
      '.building-killed/.in-use.lock': '',
      '.building-killed/main.cjs': 'half',
      '.building-young/main.cjs': 'its lock comes next',
    });
    mkdirSync(join(dist, '.building-alive'));
    const lock = openHeldFile(join(dist, '.building-alive/.in-use.lock'));
    lock.takeShared();
    putInPlace(writeIn(join(directory.path, 'made'), { 'main.cjs': 'new' }), dist, false);
    expect(readdirSync(dist).sort()).toEqual(['.building-alive', '.building-young', '.lock', 'main.cjs']);
    lock.release();
    putInPlace(writeIn(join(directory.path, 'made'), { 'main.cjs': 'newer' }), dist, false);
    expect(readdirSync(dist).sort()).toEqual(['.building-young', '.lock', 'main.cjs']);
  });

  test('leaves nothing of earlier builds in a package', () => {
    using directory = temporaryDirectory();
    const dist = writeIn(join(directory.path, 'dist'), { 'main.cjs': 'old', 'chunk-1.cjs': 'of this morning' });
    putInPlace(writeIn(join(directory.path, 'made'), { 'main.cjs': 'new' }), dist, true);
    expect(readdirSync(dist).sort()).toEqual(['.lock', 'main.cjs']);
  });
});

describe.runIf(process.platform !== 'win32')('compiled code', () => {
  const built = () => {
    const { bin, dist } = unbuilt();
    cpSync(BUILT, dist, {
      recursive: true,
      filter: (path) => !path.includes('.compile-cache'),
    });
    return { bin, dist, cache: join(dist, '.compile-cache') };
  };
  const start = (bin: string) =>
    spawnSync('sh', ['-c', 'umask 000; exec "$0" "$@"', process.execPath, bin, 'mint', '--list-faults'], {
      encoding: 'utf8',
    });

  test('is kept where only its owner can write, whatever the umask', () => {
    const { bin, cache } = built();
    expect(start(bin)).toMatchObject({ status: 0, stderr: '' });
    expect(statSync(cache).mode & 0o777).toBe(0o700);
    expect(readdirSync(cache)).toHaveLength(1);
  });

  test('is not used from a directory that other users can write', () => {
    const { bin, cache } = built();
    mkdirSync(cache);
    chmodSync(cache, 0o777);
    expect(start(bin)).toMatchObject({ status: 0, stderr: '' });
    expect(readdirSync(cache)).toEqual([]);
    rmSync(cache, { recursive: true });
  });
});

test('says in one sentence that the Node at hand is too old to build', () => {
  using directory = temporaryDirectory();
  const disguise = join(directory.path, 'disguise.mjs');
  writeFileSync(
    disguise,
    `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '22.1.0' } });\n`,
  );
  for (const script of ['test/tools/build/build.mjs', 'test/tools/run.mjs']) {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', disguise, join(ROOT, script), 'test'], {
      encoding: 'utf8',
    });
    expect({ status, stdout }, script).toEqual({ status: 2, stdout: '' });
    expect(stderr, script).toMatch(/^This needs Node 24\.15 or newer, .*\n$/);
  }
});

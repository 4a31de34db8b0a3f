import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isTracked, pathOnDisk } from '../../src/machine/git-index.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/directory.ts';

let directory: TemporaryDirectory;
let repository: string;

beforeEach(() => {
  directory = temporaryDirectory();
  repository = join(directory.path, 'repository');
});
afterEach(() => directory[Symbol.dispose]());

function git(...args: string[]): void {
  execFileSync('git', ['-C', repository, '-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

function file(path: string): void {
  const at = join(repository, path);
  mkdirSync(dirname(at), { recursive: true });
  writeFileSync(at, path);
}

describe.each([
  ['version 2', [], []],
  ['version 4', [], ['--index-version', '4']],
  ['SHA-256', ['--object-format=sha256'], []],
  ['SHA-256, version 4', ['--object-format=sha256'], ['--index-version', '4']],
])('an index of %s', (_, init, version) => {
  beforeEach(() => {
    mkdirSync(repository);
    git('init', '-q', ...init);
    for (const path of ['a/b/c.txt', 'a/bc/d.txt', 'state/keys/one.json', 'stately.txt', 'ünïcode/x.txt']) file(path);
    file('untracked/x.txt');
    git('add', 'a', 'state', 'stately.txt', 'ünïcode');
    if (version.length > 0) git('update-index', ...version);
  });

  test.each(['a', 'a/b', 'a/bc', 'state', 'state/keys', 'ünïcode'])('has %s', (path) => {
    expect(isTracked(join(repository, path))).toBe(true);
  });

  test.each(['untracked'])('has nothing of %s', (path) => {
    expect(isTracked(join(repository, path))).toBe(false);
  });

  test('has a directory that was committed, and not one that was removed from it', () => {
    git('commit', '-qm', 'all');
    expect(isTracked(join(repository, 'state'))).toBe(true);
    git('rm', '-rq', '--cached', 'state');
    expect(isTracked(join(repository, 'state'))).toBe(false);
  });

  test('has an entry marked as to be added later', () => {
    git('add', '--intent-to-add', 'untracked/x.txt');
    expect(isTracked(join(repository, 'untracked'))).toBe(true);
  });
});

test('finds the index of a worktree', () => {
  mkdirSync(repository);
  git('init', '-q');
  file('state/x.txt');
  git('add', '.');
  git('commit', '-qm', 'all');
  const other = join(directory.path, 'worktree');
  git('worktree', 'add', '-q', other);
  expect(isTracked(join(other, 'state'))).toBe(true);
});

test('follows a link to a tracked directory, and sees a link that is tracked itself', () => {
  mkdirSync(repository);
  git('init', '-q');
  file('planted/x.txt');
  git('add', '.');
  const outside = join(directory.path, 'link');
  symlinkSync(join(repository, 'planted'), outside);
  expect(isTracked(outside)).toBe(true);

  mkdirSync(join(directory.path, 'elsewhere'));
  symlinkSync(join(directory.path, 'elsewhere'), join(repository, 'state'));
  expect(isTracked(join(repository, 'state'))).toBe(false);
  git('add', 'state');
  expect(isTracked(join(repository, 'state'))).toBe(true);
});

test.each([
  ['no repository', () => undefined],
  ['an empty .git', () => mkdirSync(join(repository, '.git'))],
  ['a .git that names nothing', () => writeFileSync(join(repository, '.git'), 'gitdir: ../nowhere\n')],
  ['an index that is cut', () => file('.git/index')],
])('finds nothing in %s', (_, prepare) => {
  mkdirSync(join(repository, 'state'), { recursive: true });
  prepare();
  expect(isTracked(join(repository, 'state'))).toBe(false);
});

/** What a file system without case does with the rest of the path cannot be shown on one that has it. */
test.each([
  [['.agent-paste'], '.Agent-Paste'],
  [['.AGENT-PASTE'], '.Agent-Paste'],
  [['état'.normalize('NFD')], 'État'],
  [['exact'], 'exact'],
  [['missing'], 'missing'],
])('a directory that is asked for as %j is looked for as %s', (names, found) => {
  for (const name of ['.Agent-Paste', 'État', 'Exact', 'exact']) mkdirSync(join(repository, name), { recursive: true });
  expect(pathOnDisk(repository, names)).toBe(found);
});

test('finds a state directory that is a submodule, and one that a submodule tracks', () => {
  mkdirSync(repository);
  git('init', '-q');
  file('sub/state/x.txt');
  const inner = join(repository, 'sub');
  execFileSync('git', ['-C', inner, 'init', '-q']);
  execFileSync('git', ['-C', inner, 'add', '.']);
  expect(isTracked(join(inner, 'state'))).toBe(true);
  execFileSync('git', ['-C', inner, '-c', 'user.name=a', '-c', 'user.email=a@example.com', 'commit', '-qm', 'all']);
  execFileSync('git', ['-C', repository, '-c', 'advice.addEmbeddedRepo=false', 'add', 'sub']);
  expect(isTracked(inner)).toBe(true);
});

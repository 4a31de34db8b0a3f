/** A clone whose git is set to the line ends of Windows: formatting is checked, and fixtures are compared byte by byte. */
import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { temporaryDirectory } from './support/directory.ts';

const ATTRIBUTES = fileURLToPath(new URL('../.gitattributes', import.meta.url));
const FILES = ['a.ts', 'a.mjs', 'a.md', 'a.json', 'a.yaml', 'a.jwks', 'run', 'a.db', 'a.p12'];
const CONTENT = 'one\ntwo\n';
const SETTINGS = [
  'core.autocrlf=true',
  'core.autocrlf=true core.eol=crlf',
  'core.autocrlf=false core.eol=crlf',
  'core.autocrlf=input',
];

test.each(SETTINGS)('every file of a clone with %s has the bytes that were committed', (settings) => {
  using here = temporaryDirectory();
  const git = (...args: string[]) => execFileSync('git', args, { cwd: here.path, stdio: 'pipe' });
  git('init', '-q', 'origin');
  cpSync(ATTRIBUTES, join(here.path, 'origin', '.gitattributes'));
  for (const name of FILES) writeFileSync(join(here.path, 'origin', name), CONTENT);
  git('-C', 'origin', 'add', '.');
  git('-C', 'origin', '-c', 'user.name=a', '-c', 'user.email=a@example.com', 'commit', '-qm', 'files');
  git('clone', '-q', ...settings.split(' ').flatMap((setting) => ['-c', setting]), 'origin', 'clone');
  for (const name of FILES) expect(readFileSync(join(here.path, 'clone', name), 'utf8'), name).toBe(CONTENT);
});

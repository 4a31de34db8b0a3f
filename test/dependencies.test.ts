/** What is brought in from elsewhere: in versions without known holes, pinned, and unable to run anything on its own. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const json = (path: string) => JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
const manifest = json('package.json');
const lock: Record<string, { version: string; integrity?: string; hasInstallScript?: true; link?: true }> =
  json('package-lock.json').packages;
const installed = Object.entries(lock).filter(([path]) => path !== '');

function isBefore(version: string, floor: string): boolean {
  const [left, right] = [version, floor].map((text) => text.split('.').map(Number)) as [number[], number[]];
  const at = right.findIndex((part, index) => left[index] !== part);
  return at >= 0 && (left[at] ?? 0) < (right[at] ?? 0);
}

test.each([
  ['hono', '4.12.25', 'a chunked body went past the limit'],
  ['@hono/node-server', '1.19.13', 'files outside of the root were served'],
  ['jose', '6.2.10', 'metadata of key sets was not judged'],
])('%s is %s or newer: before, %s', (name, floor) => {
  expect(isBefore(json(`node_modules/${name}/package.json`).version, floor)).toBe(false);
});

test('Node and with it SQLite are of a version in which databases of several processes are safe', () => {
  expect(manifest.engines.node).toBe('>=24.15.0');
});

test('every version is exact, in the manifest and, with its checksum, in the lockfile', () => {
  for (const [name, version] of Object.entries(manifest.devDependencies))
    expect(version, name).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
  expect(manifest.dependencies).toBeUndefined();
  expect(installed.length).toBeGreaterThan(50);
  for (const [path, { integrity, link }] of installed)
    expect(link === true || integrity?.startsWith('sha512-'), path).toBe(true);
});

test('only packages that the manifest judges by name have a script that runs when they are installed', () => {
  const scripted = installed.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path);
  const names = scripted.map((path) => path.replace(/^.*node_modules\//, ''));
  expect(names.filter((name) => !(name in manifest.allowScripts))).toEqual([]);
  for (const script of ['preinstall', 'install', 'postinstall']) expect(manifest.scripts).not.toHaveProperty(script);
});

test('tokens are judged by our own checks, and no file is served: the parts of hono for that are not used', () => {
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(ROOT, 'src', name), 'utf8'));
  const used = new Set(sources.flatMap((text) => [...text.matchAll(/from '(@?hono[^']*)'/g)].map(([, name]) => name)));
  expect([...used].sort()).toEqual(['@hono/node-server', 'hono', 'hono/body-limit']);
});

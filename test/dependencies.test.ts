/** What is brought in from elsewhere: in versions without known holes, pinned, and unable to run anything on its own. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const json = (path: string) => JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
const manifest = json('package.json');

interface Locked {
  readonly version: string;
  readonly integrity?: string;
  readonly hasInstallScript?: true;
  readonly link?: true;
}
const lock: Record<string, Locked> = json('package-lock.json').packages;
const installed = Object.entries(lock).filter(([path]) => path.includes('node_modules/'));

function isBefore(version: string, floor: string): boolean {
  const [left, right] = [version, floor].map((text) => text.split('.').map(Number)) as [number[], number[]];
  const at = right.findIndex((part, index) => left[index] !== part);
  return at >= 0 && (left[at] ?? 0) < (right[at] ?? 0);
}

test.each([
  ['hono', '4.12.25', 'a chunked body went past the limit'],
  ['@hono/node-server', '1.19.13', 'files outside of the root were served'],
  ['jose', '6.2.10', 'metadata of key sets was not judged'],
])('has %s %s or newer: before, %s', (name, floor) => {
  expect(isBefore(json(`node_modules/${name}/package.json`).version, floor)).toBe(false);
});

test('runs on a Node whose SQLite is safe for several processes', () => {
  expect(manifest.engines.node).toBe('>=24.15.0');
});

test('pins every version in the manifest, and its checksum in the lock file', () => {
  for (const [name, version] of Object.entries(manifest.devDependencies))
    expect(version, name).toMatch(/^(npm:@?[\w./-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/);
  expect(manifest.dependencies).toBeUndefined();
  expect(installed.length).toBeGreaterThan(50);
  for (const [path, { integrity, link }] of installed)
    expect(link === true || integrity?.startsWith('sha512-'), path).toBe(true);
});

test('has no install script in a package that the manifest does not name', () => {
  const scripted = installed.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path);
  const names = scripted.map((path) => path.replace(/^.*node_modules\//, ''));
  expect(names.filter((name) => !(name in manifest.allowScripts))).toEqual([]);
});

test('runs no script when a project installs it', () => {
  for (const script of ['preinstall', 'install', 'postinstall', 'prepublish', 'prepare'])
    expect(manifest.scripts).not.toHaveProperty(script);
});

test('has only scripts that cmd.exe understands too', () => {
  for (const [name, line] of Object.entries<string>(manifest.scripts))
    expect(line, name).not.toMatch(/['$;`]|(^|&&\s*)\w+=/);
});

describe.each([
  ['the Node of the project', 'test/tools/build/node', 'package-lock.json'],
  ['the next Node', 'test/tools/node26', 'test/tools/node26/package-lock.json'],
])('%s', (_, folder, lockFile) => {
  const { optionalDependencies, dependencies, devDependencies } = json(`${folder}/package.json`);
  const packages: Record<string, Locked> = json(lockFile).packages;

  test('is optional, for one platform each, and pinned by checksum', () => {
    expect({ dependencies, devDependencies }).toEqual({});
    expect(Object.keys(optionalDependencies).length).toBeGreaterThanOrEqual(6);
    for (const [name, version] of Object.entries(optionalDependencies)) {
      expect(packages[`node_modules/${name}`], name).toMatchObject({
        version,
        integrity: expect.stringMatching(/^sha512-/),
        optional: true,
        os: expect.anything(),
        cpu: expect.anything(),
      });
      expect(isBefore(version as string, manifest.engines.node.slice(2)), name).toBe(false);
    }
  });

  test('is left out on a Linux without glibc, for which it is not built', () => {
    // Lost when npm writes the entry again: the packages themselves do not say so.
    for (const name of Object.keys(optionalDependencies).filter((each) => each.includes('linux')))
      expect(packages[`node_modules/${name}`], name).toHaveProperty('libc', ['glibc']);
  });

  test('is not part of the published package', () => {
    for (const kind of ['dependencies', 'optionalDependencies', 'peerDependencies'])
      for (const name of Object.keys(optionalDependencies)) expect(manifest[kind] ?? {}).not.toHaveProperty(name);
  });
});

test("does not use hono's token checks or file serving", () => {
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(ROOT, 'src', name), 'utf8'));
  const used = new Set(sources.flatMap((text) => [...text.matchAll(/from '(@?hono[^']*)'/g)].map(([, name]) => name)));
  expect([...used].sort()).toEqual(['@hono/node-server', 'hono', 'hono/cookie', 'hono/html']);
});

describe('workflows', () => {
  const directory = join(ROOT, '.github');
  const workflows = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yml'))
    .map((name) => [name, readFileSync(join(directory, name), 'utf8')] as const);

  test.each(workflows)('%s names every action by its commit', (_, text) => {
    const used = [...text.matchAll(/uses: (\S+)/g)].map(([, action = '']) => action);
    expect(used.length).toBeGreaterThan(0);
    expect(used.filter((action) => !/@[0-9a-f]{40}$|^\.\//.test(action))).toEqual([]);
  });

  test.each(workflows)('%s fetches no tool without a whole version', (_, text) => {
    expect(text).not.toMatch(/npm install --global \S+@\d+(\.\d+)?\s/);
  });

  test('the release checks signatures, and attaches what the package is made of', () => {
    const release = workflows.find(([name]) => name === 'workflows/release.yml')?.[1];
    expect(release).toContain('npm audit signatures');
    expect(release).toContain('npm sbom');
    expect(manifest.repository.url).toMatch(/^git\+https:\/\//);
  });
});

import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serverProcess } from './support/binary.ts';
import { type InstalledPackage, installPackage, lend, ROOT, tool } from './support/package.ts';

let installed: InstalledPackage;

beforeAll(() => {
  installed = installPackage();
});

afterAll(() => installed[Symbol.dispose]());

const inPackage = (...path: string[]) => join(installed.project, 'node_modules/agent-paste', ...path);

describe('the package', () => {
  test('is small, and brings what a user needs and nothing else', () => {
    expect(statSync(installed.tarball).size).toBeLessThan(500_000);
    expect(readdirSync(inPackage()).sort()).toEqual(
      ['CHANGELOG.md', 'LICENSE', 'README.md', 'bin', 'dist', 'fixtures', 'package.json'].sort(),
    );
    const strange = readdirSync(inPackage('dist'), { recursive: true, encoding: 'utf8' }).filter(
      (name) => /\.[^/]+$/.test(name) && !/^[\w-]+\.cjs$|^library\/[\w-]+\.js$|\.d\.ts$|NOTICES\.txt$/.test(name),
    );
    expect(strange).toEqual([]);
  });

  test('installs nothing beside itself', () => {
    expect(readdirSync(join(installed.project, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual([
      'agent-paste',
    ]);
  });

  test('carries the licences of what is bundled', () => {
    const notices = readFileSync(inPackage('dist/THIRD-PARTY-NOTICES.txt'), 'utf8');
    for (const name of ['commander', 'hono', 'jose', 'yaml', 'zod'])
      expect(notices).toMatch(new RegExp(`^${name} [\\d.]+ \\((MIT|ISC)\\)$`, 'm'));
  });

  test.each([
    ['publint', 'src/cli.js', ['run', '--strict']],
    ['@arethetypeswrong/cli', 'dist/index.js', ['--profile', 'esm-only']],
  ])('has nothing that %s objects to', async (name, script, options) => {
    const { code, stdout, stderr } = await installed.run(
      process.execPath,
      tool(name, script),
      ...options,
      installed.tarball,
    );
    expect(code, stdout + stderr).toBe(0);
  });
});

describe('in a project whose path has a space and letters beyond ASCII', () => {
  test('npx runs it', async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(await installed.run('npx', '--offline', 'agent-paste', '--version')).toMatchObject({
      code: 0,
      stdout: `${version}\n`,
    });
  });

  test('it serves, mints and replays, without a HOME', async () => {
    const program = [process.execPath, inPackage('bin/agent-paste.js')];
    await using server = await serverProcess([], { program, cwd: installed.project, env: { HOME: '' } });
    const { stdout } = await installed.run('node_modules/.bin/agent-paste', 'mint', '--email', 'ada@example.com');
    const post = async () => {
      const headers = { authorization: `Bearer ${stdout.trim()}` };
      return (await fetch(server.ready.callback_url, { method: 'POST', headers })).text();
    };
    const first = await post();
    expect(JSON.parse(first)).toMatchObject({ default_api_key: { secret: expect.stringMatching(/^ap_pk_preview_/) } });
    expect(await post()).toBe(first);
    expect(await server.stop()).toBe(0);
  });
});

test('it keeps compiled code beside itself, and starts as well where it cannot', async () => {
  const cache = inPackage('dist/.compile-cache');
  const version = () => installed.run('node_modules/.bin/agent-paste', '--version');
  await version();
  expect(readdirSync(cache)).toHaveLength(1);
  rmSync(cache, { recursive: true });
  writeFileSync(cache, 'a file where a directory should be');
  expect(await version()).toMatchObject({ code: 0, stderr: '' });
  rmSync(cache);
});

describe('the examples of docs/testing-library.md', () => {
  beforeAll(() => {
    cpSync(join(ROOT, 'docs/examples/vitest'), installed.project, { recursive: true });
    lend(installed.project, 'msw', 'vitest', '@types');
  });

  test('pass with the installed package', async () => {
    const { code, stdout, stderr } = await installed.run(process.execPath, tool('vitest', 'vitest.mjs'), 'run');
    expect(code, stdout + stderr).toBe(0);
    expect(stdout).toMatch(/Tests .*7 passed/);
  });

  test('and the types are what the compiler sees', async () => {
    const wrong = `import { startServer } from 'agent-paste/testing';
import { playWorkos } from 'agent-paste/msw';
export async function misuse(): Promise<void> {
  await using server = await startServer();
  // @ts-expect-error a token is a string
  const count: number = server.mint().token;
  // @ts-expect-error there is no such list
  server.inspect('passwords');
  // @ts-expect-error an address is required
  (await playWorkos()).addUser({ id: String(count) });
}\n`;
    writeFileSync(join(installed.project, 'misuse.ts'), wrong);
    expect(await installed.run(process.execPath, tool('typescript', 'bin/tsc'), '-p', '.')).toMatchObject({
      code: 0,
      stdout: '',
    });
  });
});

import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { XMLValidator } from 'fast-xml-parser';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { blocksOf } from './docs/markdown.ts';
import { serverProcess } from './support/binary.ts';
import { type InstalledPackage, installPackage, lend, ROOT, tool } from './support/package.ts';

let installed: InstalledPackage;

beforeAll(() => {
  installed = installPackage();
});

afterAll(() => installed[Symbol.dispose]());

/** The size that a tarball would have without some of its files: each begins with a block of 512 bytes that has its name and size. */
function sizeWithout(tarball: string, left: RegExp): number {
  const tar = gunzipSync(readFileSync(tarball));
  const kept: Buffer[] = [];
  for (let at = 0; at < tar.length; ) {
    const size = Number.parseInt(tar.toString('latin1', at + 124, at + 136), 8) || 0;
    const end = at + 512 + Math.ceil(size / 512) * 512;
    if (!left.test(tar.toString('latin1', at, at + 100))) kept.push(tar.subarray(at, end));
    at = end;
  }
  return gzipSync(Buffer.concat(kept), { level: 9 }).length;
}

const inPackage = (...path: string[]) => join(installed.project, 'node_modules/agent-paste', ...path);

describe('the package', () => {
  test('is small, and contains only what a user needs', () => {
    expect(statSync(installed.tarball).size).toBeLessThan(520_000);
    expect(sizeWithout(installed.tarball, /\/dist\/inspector/)).toBeLessThan(450_000);
    expect(readdirSync(inPackage()).sort()).toEqual(
      ['LICENSE', 'README.md', 'bin', 'dist', 'docs', 'fixtures', 'package.json'].sort(),
    );
    const strange = readdirSync(inPackage('dist'), { recursive: true, encoding: 'utf8' }).filter(
      (name) =>
        /\.[^/]+$/.test(name) &&
        !/^[\w-]+\.cjs$|^inspector\/(index\.html|assets\/[\w-]+\.(js|css|svg))$|^library\/[\w-]+\.js$|\.d\.ts$|NOTICES\.txt$/.test(
          name,
        ),
    );
    expect(strange).toEqual([]);
  });

  test('contains the pages and examples that its messages name', () => {
    const program = readdirSync(inPackage('dist')).filter((name) => name.endsWith('.cjs'));
    const text = program.map((name) => readFileSync(inPackage('dist', name), 'utf8')).join('\n');
    const named = new Set(text.match(/(?<![\w/])(?:docs|fixtures)\/[\w./-]*\w/g));
    expect(named.size).toBeGreaterThan(1);
    expect([...named].filter((path) => !existsSync(inPackage(path)))).toEqual([]);
  });

  test('installs nothing else', () => {
    expect(readdirSync(join(installed.project, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual([
      'agent-paste',
    ]);
  });

  test('starts from one file, and reads other files when a command needs them', async () => {
    const script = `require(${JSON.stringify(inPackage('dist/main.cjs'))}); console.log(Object.keys(require.cache).length)`;
    expect(await installed.run(process.execPath, '-e', script)).toMatchObject({ code: 0, stdout: '1\n' });
  });

  test('contains the licences of bundled libraries', () => {
    const notices = readFileSync(inPackage('dist/THIRD-PARTY-NOTICES.txt'), 'utf8');
    for (const name of ['commander', 'hono', 'jose', 'pg', 'yaml', 'zod'])
      expect(notices).toMatch(new RegExp(`^${name} [\\d.]+ \\((MIT|ISC)\\)$`, 'm'));
  });

  test.each([
    ['publint', 'src/cli.js', ['run', '--strict']],
    ['@arethetypeswrong/cli', 'dist/index.js', ['--profile', 'esm-only']],
  ])('passes %s', async (name, script, options) => {
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
  test('runs with npx', async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(await installed.run('npx', '--offline', 'agent-paste', '--version')).toMatchObject({
      code: 0,
      stdout: `${version}\n`,
    });
  });

  test('serves, mints and replays without HOME', async () => {
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

describe('in a repository that has nothing but the package', () => {
  const workflow = blocksOf('docs/replay.md', 'yaml')
    .map((block) => parse(block))
    .find((content) => 'jobs' in content);
  const steps: string[] = workflow.jobs['exactly-once'].steps.flatMap(({ run }: { run?: string }) => run ?? []);
  const commands = steps.slice(1);

  test('the workflow installs the package', async () => {
    expect(steps[0]).toBe('npm ci');
    expect(await installed.run('npm', 'ci', '--ignore-scripts')).toMatchObject({ code: 0 });
  });

  test('README.md and docs/replay.md have the commands of the workflow', () => {
    for (const page of ['README.md', 'docs/replay.md'])
      expect(blocksOf(page, 'sh').map((block) => block.trim().split('\n'))).toContainEqual(commands);
  });

  test.each(commands)('runs as pasted: %s', async (line) => {
    const { code, stdout, stderr } = await installed.run('sh', '-c', line);
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: expect.not.stringContaining('error') });
    const report = readFileSync(join(installed.project, /junit=(\S+)/.exec(line)?.[1] ?? ''), 'utf8');
    expect(XMLValidator.validate(report)).toBe(true);
    expect(report).toMatch(/<testsuites name="agent-paste" tests="[1-9]\d*" failures="0" errors="0"/);
  });
});

test('keeps compiled code beside itself, and starts where it cannot', async () => {
  const cache = inPackage('dist/.compile-cache');
  const list = () => installed.run('node_modules/.bin/agent-paste', 'mint', '--list-faults', '--quiet');
  await list();
  expect(readdirSync(cache)).toHaveLength(1);
  rmSync(cache, { recursive: true });
  writeFileSync(cache, 'a file where a directory should be');
  expect(await list()).toMatchObject({ code: 0, stderr: '' });
  rmSync(cache);
});

test('in tests of Node itself, without a runner, the library, the matchers and the fixture work', async () => {
  const lines = `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverFixture } from 'agent-paste/fixture';
import { matchers } from 'agent-paste/matchers';
import { check, mint, replay, startServer } from 'agent-paste/testing';

const post = (server, token) => fetch(server.callbackUrl, { method: 'POST', headers: { authorization: 'Bearer ' + token } });
const passes = async (matched) => assert.equal((await matched).pass, true);

test('a sign-in, a retry and a refusal', async () => {
  await using server = await startServer();
  const { token } = server.mint({ email: 'ada@example.com', profile: 'workos-environment', claims: { iss: 'https://api.workos.com' } });
  const first = await post(server, token);
  await passes(matchers.toBeReplayOf(await post(server, token), first));
  await passes(matchers.toHaveProvisioned(server, 'ada@example.com'));
  server.advance('10m');
  await passes(matchers.toBeRefusedFor(await post(server, token), 'expired'));
  assert.equal((await server.replay({ times: 3 })).ok, true);
  await assert.rejects(async () => startServer({ setings: {} }), TypeError);
});

test('the fixture', () => serverFixture()({}, async (server) => assert.equal((await server.inspect('members')).length, 0)));

test('a server elsewhere', async () => {
  await using server = await startServer();
  const { stateDirectory, url } = server;
  assert.equal((await post(server, (await mint({ stateDirectory, email: 'ada@example.com' })).token)).status, 200);
  assert.equal((await replay({ stateDirectory, url, times: 2 })).ok, true);
  assert.equal((await check({ stateDirectory, url, only: ['replay-identical'] })).ok, true);
});
`;
  writeFileSync(join(installed.project, 'own-runner.mjs'), lines);
  const { code, stdout } = await installed.run(process.execPath, '--test', '--test-reporter=tap', 'own-runner.mjs');
  expect(code, stdout).toBe(0);
  expect(stdout).toMatch(/^# pass 3$/m);
});

describe('the examples of docs/testing-library.md', () => {
  beforeAll(() => {
    cpSync(join(ROOT, 'docs/examples/vitest'), installed.project, { recursive: true });
    lend(installed.project, 'msw', 'vitest', '@types');
  });

  test('pass with the installed package', async () => {
    const vitest = [tool('vitest', 'vitest.mjs'), 'run', '--testTimeout=120000']; // how fast this machine is, is not asked
    const { code, stdout, stderr } = await installed.run(process.execPath, ...vitest);
    expect(code, stdout + stderr).toBe(0);
    expect(stdout).toMatch(/Tests .*11 passed/);
  });

  test('provide types to the compiler', async () => {
    const wrong = `import { startServer } from 'agent-paste/testing';
import { playWorkos } from 'agent-paste/msw';
import 'agent-paste/vitest';
import { expect } from 'vitest';
export async function misuse(): Promise<void> {
  await using server = await startServer();
  // @ts-expect-error a token is a string
  const count: number = server.mint().token;
  // @ts-expect-error there is no such list
  server.inspect('passwords');
  // @ts-expect-error an address is required
  (await playWorkos()).addUser({ id: String(count) });
  // @ts-expect-error there is no such moment
  server.hold('later');
  // @ts-expect-error a status, or one of two words
  (await playWorkos()).fail('timeout');
  // @ts-expect-error a matcher of answers takes an answer
  await expect(count).toBeReplayOf(5);
}\n`;
    writeFileSync(join(installed.project, 'misuse.ts'), wrong);
    expect(await installed.run(process.execPath, tool('typescript', 'bin/tsc'), '-p', '.')).toMatchObject({
      code: 0,
      stdout: '',
    });
  });
});

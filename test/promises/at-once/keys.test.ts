/** Key commands of several processes at the same time. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { agentPaste, type RunResult } from '../../support/binary.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../support/directory.ts';

let directory: TemporaryDirectory;

beforeEach(() => {
  directory = temporaryDirectory();
});
afterEach(() => directory[Symbol.dispose]());

const run = (...args: string[]) => agentPaste(['--state-dir', directory.path, ...args]);

async function keys(): Promise<readonly { readonly kid: string; readonly retired_at: string | null }[]> {
  return JSON.parse((await run('keys', 'list', '--json')).stdout).keys;
}

async function published(): Promise<readonly string[]> {
  return (await keys()).filter(({ retired_at }) => retired_at === null).map(({ kid }) => kid);
}

function codes(results: readonly RunResult[]): readonly (number | null)[] {
  return results.map(({ code }) => code).sort();
}

test('retiring every key at once leaves one of them', async () => {
  await run('mint');
  await Promise.all(Array.from({ length: 3 }, () => run('keys', 'rotate')));
  const kids = await published();
  expect(kids).toHaveLength(4);
  const results = await Promise.all(kids.map((kid) => run('keys', 'retire', kid)));
  expect(codes(results)).toEqual([0, 0, 0, 6]);
  expect(await published()).toHaveLength(1);
});

test('retiring one key by sixteen processes retires it once', async () => {
  await run('mint');
  await run('keys', 'rotate');
  const [, old = ''] = await published();
  const results = await Promise.all(Array.from({ length: 16 }, () => run('keys', 'retire', old, '--json')));
  expect(codes(results)).toEqual(Array(16).fill(0));
  expect(new Set(results.map(({ stdout }) => JSON.parse(stdout).keys[0].retired_at)).size).toBe(1);
});

test('the first key is one, whatever commands come first', async () => {
  const commands = [['mint'], ['keys', 'rotate'], ['mint', '--email', 'a@example.com'], ['mint', '--sub', 'user_1']];
  const results = await Promise.all(Array.from({ length: 4 }, () => commands.map((args) => run(...args))).flat());
  expect(codes(results)).toEqual(Array(16).fill(0));
  const rotated = 4;
  expect((await keys()).length - rotated).toBeLessThanOrEqual(1);
});

test('importing one file by eight processes imports it once', async () => {
  await run('mint');
  const [kid = ''] = await published();
  const exported = await run('keys', 'export', kid, '--private');
  using elsewhere = temporaryDirectory();
  const imports = await Promise.all(
    Array.from({ length: 8 }, () =>
      agentPaste(['--state-dir', elsewhere.path, 'keys', 'import', '-'], { input: exported.stdout }),
    ),
  );
  expect(codes(imports)).toEqual(Array(8).fill(0));
  const { stdout } = await agentPaste(['--state-dir', elsewhere.path, 'keys', 'list', '--json']);
  expect(JSON.parse(stdout).keys.map((key: { kid: string }) => key.kid)).toEqual([kid]);
});

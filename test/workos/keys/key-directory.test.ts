/** What a directory with many keys, or with a broken one, costs those who ask for keys. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { formatKeyFile, generateSigningKey } from '../../../src/workos/keys/signing-key.ts';
import { CAN_TRACE } from '../../promises/crash/strace.ts';
import { agentPaste } from '../../support/binary.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { makeRsaKey } from './key-material.ts';

const KEYS = 100;
const ASKED = 200;

/** One key with a hundred names: what is counted is files. */
async function manyKeys(directory: string, from = 0): Promise<void> {
  mkdirSync(directory, { mode: 0o700, recursive: true });
  const key = await generateSigningKey(Date.UTC(2026, 0, 1));
  for (let index = from; index < from + KEYS; index += 1)
    writeFileSync(join(directory, `k${index}.json`), formatKeyFile({ ...key, kid: `k${index}` }), { mode: 0o600 });
}

/** How often key files are opened while the key set is asked for, after the last change has settled. */
function opened(directory: string, change: string): number {
  const trace = join(directory, '..', 'trace');
  const module = JSON.stringify(new URL('../../../src/workos/keys/keyring.ts', import.meta.url).href);
  const program = `
    import { chmodSync, mkdirSync, symlinkSync, writeFileSync, readFileSync } from 'node:fs';
    const { openKeyring } = await import(${module});
    const warnings = [];
    const keyring = openKeyring(${JSON.stringify(directory)}, { onWarning: (text) => warnings.push(text) });
    const good = keyring.jwks();
    process.chdir(${JSON.stringify(directory)});
    ${change}
    // Asked once to see the change, once to see what broke by it, and once when both are older than a grain of file times.
    for (let index = 0; index < 3; index += 1) {
      keyring.jwks();
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    }
    keyring.jwks();
    writeFileSync('../settled', '');
    for (let index = 0; index < ${ASKED}; index += 1)
      if (keyring.jwks() !== good) throw new Error('the good keys are not in use any more');
    writeFileSync('../asked', String(warnings.length));`;
  const traced = [
    '-f',
    '--seccomp-bpf',
    '-qq',
    '-e',
    'trace=openat',
    '-o',
    trace,
    process.execPath,
    '--input-type=module',
    '-e',
    program,
  ];
  const { status, stderr } = spawnSync('strace', traced, { encoding: 'utf8' });
  expect(status, stderr).toBe(0);
  expect(readFileSync(join(directory, '..', 'asked'), 'utf8')).toBe(change === '' ? '0' : '1');
  const lines = readFileSync(trace, 'utf8').split('\n');
  const from = lines.findIndex((line) => line.includes('../settled'));
  return lines.slice(from).filter((line) => /\/keys\/[^"]+\.json/.test(line)).length;
}

test.runIf(CAN_TRACE).each([
  ['a whole directory', ''],
  ['a file that other users may read', "chmodSync('k7.json', 0o644)"],
  ['a file that is cut short', "writeFileSync('half.json', '{', { mode: 0o600 })"],
  ['a directory in the place of a file', "mkdirSync('k.json')"],
  ['a link', "symlinkSync('k7.json', 'linked.json')"],
  ['a key that stands in two files', "writeFileSync('copy.json', readFileSync('k7.json'), { mode: 0o600 })"],
])('%s is read once, however often its keys are asked for', async (_, change) => {
  using parent = temporaryDirectory();
  const directory = join(parent.path, 'keys');
  await manyKeys(directory);
  expect(opened(directory, change)).toBe(0);
});

test('only the key that signs is tried out, and doctor tries each', async () => {
  using parent = temporaryDirectory();
  const state = join(parent.path, 'state');
  const run = (...args: string[]) => agentPaste([...args, '--state-dir', state]);
  await run('mint');
  const other = makeRsaKey().jwk;
  const jwk = { ...makeRsaKey().jwk, n: other.n } as never; // its private part does not fit its modulus
  const broken = { kid: 'broken', createdAt: 0, retiredAt: null, isLent: false, jwk };
  writeFileSync(join(state, 'signing-keys', 'broken.json'), formatKeyFile(broken), { mode: 0o600 });
  for (const command of ['mint', 'keys list', 'keys export']) expect((await run(...command.split(' '))).code).toBe(0);
  expect(await run('mint', '--kid', 'broken')).toMatchObject({
    code: 7,
    stderr: expect.stringContaining('broken.json'),
  });
  expect(await run('doctor')).toMatchObject({ code: 1, stdout: expect.stringContaining('broken.json') });
  await run('keys', 'retire', 'broken');
  expect((await run('doctor')).code).toBe(0);
});

test('keys that make too large a key set are said, by the command that adds them and by doctor', async () => {
  using parent = temporaryDirectory();
  const state = join(parent.path, 'state');
  const run = (...args: string[]) => agentPaste([...args, '--state-dir', state]);
  await run('mint');
  await manyKeys(join(state, 'signing-keys'));
  expect(await run('keys', 'rotate')).toMatchObject({ code: 0, stderr: '' });
  await manyKeys(join(state, 'signing-keys'), KEYS);
  const said = { stderr: expect.stringMatching(/^warning: the 203 published keys make a key set of \d+ KB/) };
  expect(await run('keys', 'rotate')).toMatchObject({ code: 0, ...said });
  expect((await run('doctor')).stdout).toContain('Retire keys that no token needs');
});

import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readPeppers } from '../../../src/store/peppers.ts';
import { agentPaste, type RunResult, serverProcess } from '../../support/binary.ts';
import { temporaryDirectory } from '../../support/directory.ts';

const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi'];

test('lists keys newest first, retired ones included', async () => {
  using directory = temporaryDirectory();
  const run = async (...args: string[]) => JSON.parse((await agentPaste(args, { cwd: directory.path })).stdout);
  expect(await run('keys', 'list', '--json')).toEqual({ schema_version: 1, keys: [] });
  const [first] = (await run('keys', 'rotate', '--json')).keys;
  expect(first).toEqual({
    kid: expect.any(String),
    created_at: expect.any(String),
    retired_at: null,
    lent: false,
    signs: true,
    bits: 2048,
  });
  const [second] = (await run('keys', 'rotate', '--json')).keys;
  const [retired] = (await run('keys', 'retire', first.kid, '--json')).keys;
  expect(retired).toEqual({ ...first, retired_at: expect.any(String), signs: false });
  expect(await run('keys', 'list', '--json')).toEqual({ schema_version: 1, keys: [second, retired] });
  expect((await run('keys', 'export')).keys.map(({ kid }: { kid: string }) => kid)).toEqual([second.kid]);
});

const PRIVATE = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const PEM = PRIVATE.export({ type: 'pkcs8', format: 'pem' }).toString();
const JWK = PRIVATE.export({ format: 'jwk' });
const block = (label: string) => `-----BEGIN ${label}-----\nAAAA\n-----END ${label}-----\n`;

test.each([
  ['a certificate', `${block('CERTIFICATE')}${PEM}`, 'CERTIFICATE'],
  [
    'a chain and its public key',
    `${PEM}${block('CERTIFICATE').repeat(3)}${block('PUBLIC KEY')}`,
    '3 × CERTIFICATE, PUBLIC KEY',
  ],
  ['parameters', `${block('DH PARAMETERS')}${PEM}`, 'DH PARAMETERS'],
  ['a list of revoked certificates', `${PEM}${block('X509 CRL')}`, 'X509 CRL'],
  ['bag attributes', `Bag Attributes\n    friendlyName: x\n${PEM}`, 'the text outside of the PEM blocks'],
  ['the certificate of a JWK', JSON.stringify({ ...JWK, x5c: ['AAAA'], x5t: 'AA' }), 'the member x5c, the member x5t'],
  ['the lifetime of a JWK', JSON.stringify({ keys: [{ ...JWK, exp: 1, nbf: null }] }), 'the member exp'],
  ['a member of a JWKS', JSON.stringify({ keys: [JWK], 'a\u001b[2J': 1 }), 'the member a\\u001b[2J'],
  ['nothing', PEM, undefined],
  ['nothing but what a key is for', JSON.stringify({ ...JWK, use: 'sig', alg: 'RS256', ext: true }), undefined],
])('imports a key, and names what stands beside it: %s', async (_, text, beside) => {
  using directory = temporaryDirectory();
  writeFileSync(join(directory.path, 'key'), text);
  const { code, stderr } = await agentPaste(['keys', 'import', 'key'], { cwd: directory.path });
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: beside === undefined ? '' : `left out, because only private keys are imported: ${beside}\n`,
  });
});

test('retires the last published key only with --force', async () => {
  using directory = temporaryDirectory();
  const run = (...args: string[]) => agentPaste(['keys', ...args], { cwd: directory.path });
  await run('rotate');
  const { kid } = JSON.parse((await run('list', '--json')).stdout).keys[0];
  expect(await run('retire', kid)).toMatchObject({ code: 6, stderr: expect.stringContaining('last published key') });
  expect(await run('retire', kid, '--force')).toMatchObject({ code: 0 });
});

test('exports a private key only with --private and the name of the key', async () => {
  using directory = temporaryDirectory();
  const run = (...args: string[]) => agentPaste(['keys', ...args], { cwd: directory.path });
  await run('rotate');
  const set = JSON.parse((await run('export')).stdout);
  const { kid } = set.keys[0];
  for (const key of [set.keys[0], JSON.parse((await run('export', kid)).stdout)])
    for (const member of PRIVATE_MEMBERS) expect(key).not.toHaveProperty(member);
  expect(await run('export', '--private')).toMatchObject({ code: 2, stdout: '' });
  const exported = await run('export', kid, '--private');
  for (const member of PRIVATE_MEMBERS) expect(JSON.parse(exported.stdout)).toHaveProperty(member);
  expect(exported.stderr).toContain('private key');
});

test('makes rotated, imported and retired keys visible to a running server without a restart', async () => {
  using directory = temporaryDirectory();
  const state = join(directory.path, 'state');
  await using server = await serverProcess(['--state-dir', state]);
  const run = async (...args: string[]) => (await agentPaste([...args, '--state-dir', state])).stdout.trim();
  const published = async () => {
    const { keys } = (await (await fetch(server.ready.jwks_url)).json()) as { keys: { kid: string }[] };
    return keys.map(({ kid }) => kid);
  };
  const status = async (token: string) =>
    (await fetch(server.ready.callback_url, { method: 'POST', headers: { authorization: `Bearer ${token}` } })).status;

  const [first = ''] = await published();
  const before = await run('mint');
  expect(await status(before)).toBe(200);

  await run('keys', 'rotate');
  expect(await published()).toHaveLength(2);
  expect(await status(await run('mint'))).toBe(200);
  expect(await status(before)).toBe(200);

  const file = join(directory.path, 'key.pem');
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const [imported] = JSON.parse(await run('keys', 'import', file, '--json')).keys;
  expect((await published())[0]).toBe(imported.kid);
  expect(await status(await run('mint'))).toBe(200);

  await run('keys', 'retire', first);
  expect(await published()).not.toContain(first);
  expect(await status(before)).toBe(401);
});

test('imports an exported key from stdin', async () => {
  using here = temporaryDirectory();
  using there = temporaryDirectory();
  await agentPaste(['keys', 'rotate'], { cwd: here.path });
  const { kid } = JSON.parse((await agentPaste(['keys', 'list', '--json'], { cwd: here.path })).stdout).keys[0];
  const exported = await agentPaste(['keys', 'export', kid, '--private'], { cwd: here.path });
  await agentPaste(['keys', 'import', '-'], { cwd: there.path, input: exported.stdout });
  const set = await agentPaste(['keys', 'export'], { cwd: there.path });
  expect(set.stdout).toBe((await agentPaste(['keys', 'export'], { cwd: here.path })).stdout);
});

test('keeps all peppers that several processes add at once', async () => {
  using directory = temporaryDirectory();
  const state = join(directory.path, 'state');
  await (await serverProcess(['--state-dir', state])).stop();
  const rotated = await Promise.all(
    Array.from({ length: 6 }, () => agentPaste(['keys', 'rotate', '--pepper', '--json', '--state-dir', state])),
  );
  const numbers = rotated.map(({ stdout }) => JSON.parse(stdout).pepper_kid);
  expect(numbers.toSorted()).toEqual([2, 3, 4, 5, 6, 7]);
  expect(readPeppers(join(state, 'peppers.json'))?.kids()).toEqual([1, 2, 3, 4, 5, 6, 7]);
});

test('adds the next pepper with rotate --pepper, and fails without a first one', async () => {
  using directory = temporaryDirectory();
  const state = join(directory.path, 'state');
  const rotate = () => agentPaste(['keys', 'rotate', '--pepper', '--json', '--state-dir', state]);
  expect(await rotate()).toMatchObject({ code: 5 });
  await using server = await serverProcess(['--state-dir', state]);
  await server.stop();
  expect(JSON.parse((await rotate()).stdout)).toEqual({ schema_version: 1, pepper_kid: 2 });
});

test('fails with a reason and an exit code, and quotes no key', async () => {
  using directory = temporaryDirectory();
  const run = (...args: string[]): Promise<RunResult> => agentPaste(['keys', ...args], { cwd: directory.path });
  expect(await run('retire', 'nope')).toMatchObject({ code: 5, stderr: expect.stringContaining('"nope"') });
  expect(await run('export', 'nope')).toMatchObject({ code: 5, stdout: '' });
  expect(await run('import', 'nope.pem')).toMatchObject({ code: 2, stderr: expect.stringContaining('nope.pem') });
  const broken = await agentPaste(['keys', 'import', '-'], { cwd: directory.path, input: '{"d":"very-private"' });
  expect(broken).toMatchObject({ code: 2, stdout: '' });
  expect(broken.stderr).not.toContain('very-private');
});

test('accepts a kid that begins with a hyphen (one thumbprint in 64) after --', async () => {
  using directory = temporaryDirectory();
  const state = join(directory.path, 'state');
  const file = join(directory.path, 'key.json');
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(file, JSON.stringify({ ...privateKey.export({ format: 'jwk' }), kid: '-hyphen' }));
  const run = (...args: string[]) => agentPaste(['keys', ...args], { env: { AGENT_PASTE_STATE_DIR: state } });
  expect((await run('import', file)).code).toBe(0);
  expect((await run('rotate')).code).toBe(0);
  expect(await run('retire', '--', '-hyphen')).toMatchObject({ code: 0, stderr: '' });
  expect((await run('list')).stdout).toMatch(/-hyphen +retired/);
});

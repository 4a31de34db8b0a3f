import { generateKeyPairSync, sign } from 'node:crypto';
import { expect, test } from 'vitest';
import { localKeys, type VerificationKey } from '../../../src/callback/token/keys.ts';
import { verifyAccessToken } from '../../../src/callback/token/verify.ts';
import { examine, KEY, NOW, SETTINGS, tokenOf } from './examine.ts';

const good = tokenOf();
const [header = '', payload = '', signature = ''] = good.split('.');

test.each<[what: string, token: string, reason: string, received?: string]>([
  ['nothing', '', 'malformed_token', '1 part'],
  ['one part', header, 'malformed_token', '1 part'],
  ['two parts', `${header}.${payload}`, 'malformed_token', '2 parts'],
  ['four parts', `${good}.${signature}`, 'malformed_token', '4 parts'],
  ['five parts', `${good}.${signature}.${signature}`, 'encrypted_token', '5 parts'],
  ['five parts, one of them empty', `${header}..${payload}.${signature}.x`, 'encrypted_token', '5 parts'],
  ['five parts and a blank before', ` ${good}.a.b`, 'malformed_token', '5 parts'],
  ['five parts and a blank after', `${good}.a.b `, 'malformed_token', '5 parts'],
  ['six parts', `${good}.a.b.c`, 'malformed_token', '6 parts'],
  ['an empty header', `.${payload}.${signature}`, 'malformed_token', 'an empty header'],
  ['an empty payload', `${header}..${signature}`, 'malformed_token', 'an empty payload'],
  ['an empty signature', `${header}.${payload}.`, 'malformed_token', 'an empty signature'],
  ['a blank in the payload', `${header}. ${payload}.${signature}`, 'malformed_token', 'U+0020 in the payload'],
  ['a mark before', `\ufeff${good}`, 'malformed_token', 'U+FEFF in the header'],
  ['a line end after', `${good}\n`, 'malformed_token', 'U+000A in the signature'],
  ['a letter of two units', `${good}\u{1f600}`, 'malformed_token', 'U+1F600 in the signature'],
  ['padding', `${good}==`, 'malformed_token', 'U+003D in the signature'],
  ['unused bits', `${good.slice(0, -1)}${sibling(good.slice(-1))}`, 'malformed_token'],
  ['8192 characters', `${good}${'A'.repeat(8192 - good.length)}`, 'bad_signature'],
  ['8193 characters', 'a'.repeat(8193), 'token_too_large', '8193 characters'],
])('a token of %s is refused for that', async (_, token, reason, received) => {
  const found = await examine(token);
  expect(found.reason).toBe(reason);
  if (received !== undefined) expect(found.received).toBe(received);
});

/** The next letter of base64url, which differs in the lowest bit of its six. */
function sibling(letter: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return alphabet[alphabet.indexOf(letter) ^ 1] ?? '';
}

test('rejects a signature made by another key, with the cause', async () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const other = sign('sha256', Buffer.from(`${header}.${payload}`), privateKey).toString('base64url');
  const found = await examine(`${header}.${payload}.${other}`);
  expect(found.reason).toBe('bad_signature');
  expect(found.cause).toBeInstanceOf(Error);
});

test('reports a fault of the key as a bug, not as a bad signature', async () => {
  const broken = { algorithm: { modulusLength: 2048 } } as VerificationKey;
  const keys = { find: async () => broken, reload: async () => undefined };
  await expect(examine(good, { keys })).rejects.toBeInstanceOf(TypeError);
});

test('accepts and rejects tokens without a watcher', async () => {
  const verifier = { settings: SETTINGS, keys: localKeys(() => ({ keys: [KEY] })) };
  expect((await verifyAccessToken(good, verifier, NOW * 1000)).subject).toBe('user_1');
  await expect(verifyAccessToken(good, verifier, (NOW + 300) * 1000)).rejects.toMatchObject({ reason: 'expired' });
  const broken = {
    ...verifier,
    keys: { find: () => Promise.reject(new Error('oops')), reload: async () => undefined },
  };
  await expect(verifyAccessToken(good, broken, NOW * 1000)).rejects.toThrow('oops');
});

test('shows each check in order, up to the one that rejects the token', async () => {
  const passed = async (token: string, now = NOW) => Object.keys((await examine(token, { now })).findings);
  const all = await passed(good);
  expect(all).toEqual([
    ...['size', 'encoding', 'header', 'algorithm', 'critical', 'key headers', 'type', 'key id', 'key', 'signature'],
    ...['payload', 'lifetime', 'issuer', 'client', 'subject', 'session'],
  ]);
  expect(await passed(good, NOW + 301)).toEqual(all.slice(0, all.indexOf('lifetime')));
  expect(await passed('')).toEqual(['size']);
});

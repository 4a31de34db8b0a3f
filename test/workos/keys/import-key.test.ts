import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { calculateJwkThumbprint } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '../../../src/errors/failure.ts';
import { type Keyring, openKeyring } from '../../../src/workos/keys/keyring.ts';
import { makeRsaKey } from './key-material.ts';

const NOW = Date.UTC(2026, 0, 1);
const key = makeRsaKey();
const other = makeRsaKey();
const weak = makeRsaKey(1024);
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

let directory: string;
let keyring: Keyring;

beforeEach(async () => {
  directory = join(mkdtempSync(join(tmpdir(), 'agent-paste-import-')), 'signing-keys');
  keyring = openKeyring(directory);
  await keyring.ensure(NOW);
});

afterEach(() => {
  rmSync(dirname(directory), { recursive: true, force: true });
});

describe('importing', () => {
  it('accepts a private JWK with its kid, which then signs', async () => {
    const [info] = await keyring.import(JSON.stringify({ ...key.jwk, kid: 'mine', use: 'sig', alg: 'RS256' }), NOW);
    expect(info).toMatchObject({ kid: 'mine', bits: 2048, retiredAt: null });
    expect(keyring.signingKey().kid).toBe('mine');
    expect(openKeyring(directory).signingKey().kid).toBe('mine');
  });

  it.each(['pkcs8', 'pkcs1'] as const)('accepts a %s PEM under its thumbprint', async (type) => {
    const [info] = await keyring.import(`\n${key.pem(type)}\n`, NOW);
    expect(info?.kid).toBe(await calculateJwkThumbprint({ ...keyring.export(info?.kid ?? '') }));
    expect(keyring.export(info?.kid ?? '').n).toBe(key.jwk.n);
  });

  it('accepts a JWKS of private keys, of which the first signs', async () => {
    const keys = [
      { ...key.jwk, kid: 'a', key_ops: ['sign'] },
      { ...other.jwk, kid: 'b' },
    ];
    expect((await keyring.import(JSON.stringify({ keys }), NOW)).map(({ kid }) => kid)).toEqual(['a', 'b']);
    expect(
      keyring
        .jwks()
        .keys.map(({ kid }) => kid)
        .slice(0, 2),
    ).toEqual(['a', 'b']);
  });

  it('reimports a key exported with its private part', async () => {
    await keyring.import(JSON.stringify({ ...key.jwk, kid: 'mine' }), NOW);
    const exported = keyring.export('mine', { private: true });
    expect(exported).toMatchObject({ ...key.jwk, kid: 'mine', use: 'sig', alg: 'RS256' });

    const elsewhere = openKeyring(join(directory, 'elsewhere'));
    await elsewhere.import(JSON.stringify(exported), NOW);
    expect(elsewhere.jwks().keys).toEqual([keyring.export('mine')]);
  });

  it('exports only the public part by default', async () => {
    await keyring.import(JSON.stringify({ ...key.jwk, kid: 'mine' }), NOW);
    expect(Object.keys(keyring.export('mine'))).toEqual(['kty', 'use', 'alg', 'kid', 'n', 'e']);
  });
});

const cut = '-----BEGIN CERTIFICATE-----\nAAAA\n';
const certificate = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';

describe('a file with more than one thing in it', () => {
  it.each([
    [
      'bag attributes of OpenSSL',
      `Bag Attributes\n    localKeyID: 01\nKey Attributes: <No Attributes>\n${key.pem('pkcs8')}`,
      1,
    ],
    ['a certificate first', `${certificate}${key.pem('pkcs8')}`, 1],
    ['a certificate behind', `${key.pem('pkcs1')}${certificate}${certificate}`, 1],
    ['its public key', `${key.pem('pkcs8')}-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n`, 1],
    ['two keys of different forms', `${key.pem('pkcs8')}\n${other.pem('pkcs1')}`, 2],
    ['a comment and Windows line ends', `# mine\n${key.pem('pkcs8')}`.replaceAll('\n', '\r\n'), 1],
  ])('%s: each private key is imported', async (_, text, count) => {
    const imported = await keyring.import(text, NOW);
    expect(imported).toHaveLength(count);
    expect(keyring.signingKey().kid).toBe(imported[0]?.kid);
  });

  it.each([
    [
      'two keys of which one is encrypted',
      `${other.pem('pkcs8')}${encryptedText()}`,
      /key 2 of 2 of the PEM is encrypted/,
    ],
    ['an encrypted key behind a certificate', `${certificate}${encryptedText()}`, /is encrypted/],
    [
      'a key of another kind beside',
      `${key.pem('pkcs8')}${ec.export({ type: 'pkcs8', format: 'pem' })}`,
      /key 2 of 2 of the PEM is not an RSA key but ec/,
    ],
    [
      'a certificate request alone',
      '-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----',
      /only CERTIFICATE REQUEST/,
    ],
    ['a beginning without an end', key.pem('pkcs8').slice(0, 400), /no end/],
    ['a second key that was cut off', `${key.pem('pkcs8')}${other.pem('pkcs8').slice(0, 400)}`, /no end/],
    ['an end without a beginning', `${key.pem('pkcs8')}-----END PRIVATE KEY-----\n`, /without beginning/],
    ['a certificate that was cut off, before a key', `${cut}${key.pem('pkcs8')}${certificate}`, /no end/],
    ['a certificate that was cut off, behind a key', `${key.pem('pkcs8')}${cut}`, /no end/],
    ['one key twice', `${key.pem('pkcs8')}${key.pem('pkcs1')}`, /already/],
  ])('%s: nothing is imported', async (_, text, words) => {
    await expect(keyring.import(text, NOW)).rejects.toMatchObject({
      code: 'invalid_key',
      message: expect.stringMatching(words),
    });
    expect(keyring.list()).toHaveLength(1); // the first key
  });
});

it.each([
  ['null', { use: null, key_ops: null, alg: null, kid: null, oth: null }],
  ['empty', { use: '', key_ops: [], alg: '', kid: '', oth: [] }],
])('members of a JWK that are %s count as absent', async (_, members) => {
  const [imported] = await keyring.import(JSON.stringify({ ...key.jwk, ...members }), NOW);
  expect(imported?.bits).toBe(2048);
  expect(imported?.kid).toHaveLength(43);
});

it('a private part that is null is none', async () => {
  await expect(keyring.import(JSON.stringify({ ...key.jwk, d: null }), NOW)).rejects.toThrow(/public/);
});

function encryptedText(): string {
  return key.privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }).toString();
}

const { d: _, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...publicPart } = key.jwk;
const encryptedPem = key.privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' });

const REFUSED: Record<string, [text: string, words: RegExp]> = {
  'a public JWK': [JSON.stringify(publicPart), /public/],
  'a JWKS with a public key in it': [JSON.stringify({ keys: [key.jwk, publicPart] }), /key 2 of 2 is public/],
  'a public PEM': ['-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----', /no private key/],
  'a certificate': ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----', /no private key/],
  'an encrypted PEM': [encryptedPem.toString(), /encrypted/],
  'a damaged PEM': [key.pem('pkcs8').replace(/\n.{20}/, '\n'), /cannot be read/],
  'an EC JWK': [JSON.stringify(ec.export({ format: 'jwk' })), /not an RSA key but EC/],
  'an EC PEM': [ec.export({ type: 'pkcs8', format: 'pem' }).toString(), /not an RSA key but ec/],
  'an RSA-PSS PEM': [
    generateKeyPairSync('rsa-pss', { modulusLength: 2048 })
      .privateKey.export({ type: 'pkcs8', format: 'pem' })
      .toString(),
    /not an RSA key but rsa-pss/,
  ],
  'a 1024-bit JWK': [JSON.stringify(weak.jwk), /1024 bits/],
  'a 1024-bit PEM': [weak.pem('pkcs1'), /1024 bits/],
  'the exponent 3': [JSON.stringify(makeRsaKey(2048, 3).jwk), /exponent 3/],
  'the exponent 1': [JSON.stringify({ ...key.jwk, e: 'AQ' }), /exponent 1/],
  'an even exponent': [JSON.stringify({ ...key.jwk, e: 'AQAC' }), /exponent 65538/],
  'use enc': [JSON.stringify({ ...key.jwk, use: 'enc' }), /use/],
  'key_ops without sign': [JSON.stringify({ ...key.jwk, key_ops: ['verify'] }), /key_ops/],
  'key_ops that is no list': [JSON.stringify({ ...key.jwk, key_ops: 'sign' }), /key_ops/],
  'another algorithm': [JSON.stringify({ ...key.jwk, alg: 'RS512' }), /RS256/],
  'a kid that is a path': [JSON.stringify({ ...key.jwk, kid: '../key' }), /kid/],
  'a kid that names the file of the first key': [JSON.stringify({ ...key.jwk, kid: 'first-key' }), /kid/],
  'a kid that is no string': [JSON.stringify({ ...key.jwk, kid: 1 }), /kid/],
  'one kid twice': [
    JSON.stringify({
      keys: [
        { ...key.jwk, kid: 'a' },
        { ...other.jwk, kid: 'a' },
      ],
    }),
    /already a key with the kid a/,
  ],
  'one key twice': [
    JSON.stringify({
      keys: [
        { ...key.jwk, kid: 'a' },
        { ...key.jwk, kid: 'b' },
      ],
    }),
    /already, as a/,
  ],
  'parts of two keys': [
    JSON.stringify({ ...key.jwk, d: other.jwk.d, dp: other.jwk.dp, dq: other.jwk.dq }),
    /inconsistent/,
  ],
  'a missing prime': [JSON.stringify({ ...key.jwk, p: undefined }), /incomplete.*\bp\b/],
  'more than two primes': [JSON.stringify({ ...key.jwk, oth: [{}] }), /two primes/],
  'an empty JWKS': ['{"keys":[]}', /no keys/],
  'an array': ['[]', /not an object/],
  nothing: ['', /neither JSON nor PEM/],
  'any text': ['hello', /neither JSON nor PEM/],
};

describe('importing rejects', () => {
  it.each(Object.entries(REFUSED))('%s, in one line, and leaves nothing behind', async (_name, [text, words]) => {
    const before = readdirSync(directory);
    let failure: unknown;
    try {
      await keyring.import(text, NOW);
    } catch (error) {
      failure = error;
    }
    expect(failure).toBeInstanceOf(Failure);
    expect(failure).toMatchObject({ code: 'invalid_key', exitCode: 2, hint: expect.any(String) });
    const { message, cause } = failure as Failure;
    expect(message).toMatch(words);
    expect(message).not.toContain('\n');
    expect(cause).toBeUndefined();
    expect(readdirSync(directory)).toEqual(before);
  });

  it('a kid of another key, and a known key under another kid', async () => {
    await keyring.import(JSON.stringify({ ...key.jwk, kid: 'mine' }), NOW);
    const failures = [
      [{ ...other.jwk, kid: 'mine' }, 'another key already has the kid mine'],
      [{ ...other.jwk, kid: 'MINE' }, 'another key already has the kid MINE'],
      [{ ...key.jwk, kid: 'yours' }, 'the key is here already, as mine'],
    ] as const;
    for (const [jwk, message] of failures)
      await expect(keyring.import(JSON.stringify(jwk), NOW)).rejects.toMatchObject({ code: 'conflict', message });
    await expect(keyring.import(JSON.stringify({ keys: [other.jwk, other.jwk] }), NOW)).rejects.toMatchObject({
      code: 'invalid_key',
    });
  });
});

it('takes a key that is there already for imported, whatever form it comes in', async () => {
  const [mine] = await keyring.import(JSON.stringify({ ...key.jwk, kid: 'mine' }), NOW);
  expect(await keyring.import(JSON.stringify({ ...key.jwk, kid: 'mine' }), NOW + 5)).toEqual([mine]);
  expect(await keyring.import(key.pem('pkcs8'), NOW + 5)).toEqual([mine]);
  const both = {
    keys: [
      { ...other.jwk, kid: 'b' },
      { ...key.jwk, kid: 'mine' },
    ],
  };
  expect((await keyring.import(JSON.stringify(both), NOW + 9)).map(({ kid }) => kid)).toEqual(['b', 'mine']);
});

it('imports none of several keys when one cannot be written', async () => {
  mkdirSync(join(directory, 'a.json')); // the first one is written last
  const both = {
    keys: [
      { ...key.jwk, kid: 'a' },
      { ...other.jwk, kid: 'b' },
    ],
  };
  await expect(keyring.import(JSON.stringify(both), NOW)).rejects.toMatchObject({ exitCode: expect.any(Number) });
  rmSync(join(directory, 'a.json'), { recursive: true });
  expect(
    openKeyring(directory)
      .list()
      .map(({ kid }) => kid),
  ).not.toContain('b');
});

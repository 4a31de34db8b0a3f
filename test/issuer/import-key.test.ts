import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { calculateJwkThumbprint } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '../../src/errors.ts';
import { type Keyring, openKeyring } from '../../src/issuer/keyring.ts';
import { makeRsaKey } from './key-material.ts';

const NOW = Date.UTC(2026, 0, 1);
const key = makeRsaKey();
const other = makeRsaKey();
const weak = makeRsaKey(1024);
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

let directory: string;
let keyring: Keyring;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'agent-paste-import-'));
  keyring = openKeyring(directory);
  await keyring.ensure(NOW);
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe('importing', () => {
  it('takes a private JWK with its kid, which signs from then on', () => {
    const [info] = keyring.import(JSON.stringify({ ...key.jwk, kid: 'mine', use: 'sig', alg: 'RS256' }), NOW);
    expect(info).toMatchObject({ kid: 'mine', bits: 2048, retiredAt: null });
    expect(keyring.signingKey().kid).toBe('mine');
    expect(openKeyring(directory).signingKey().kid).toBe('mine');
  });

  it.each(['pkcs8', 'pkcs1'] as const)('takes a %s PEM under its thumbprint', async (type) => {
    const [info] = keyring.import(`\n${key.pem(type)}\n`, NOW);
    expect(info?.kid).toBe(await calculateJwkThumbprint({ ...keyring.export(info?.kid ?? '') }));
    expect(keyring.export(info?.kid ?? '').n).toBe(key.jwk.n);
  });

  it('takes a JWKS of private keys, the first of which signs', () => {
    const keys = [
      { ...key.jwk, kid: 'a', key_ops: ['sign'] },
      { ...other.jwk, kid: 'b' },
    ];
    expect(keyring.import(JSON.stringify({ keys }), NOW).map(({ kid }) => kid)).toEqual(['a', 'b']);
    expect(
      keyring
        .jwks()
        .keys.map(({ kid }) => kid)
        .slice(0, 2),
    ).toEqual(['a', 'b']);
  });

  it('gives back what was exported with its private part', () => {
    keyring.import(JSON.stringify({ ...key.jwk, kid: 'mine' }), NOW);
    const exported = keyring.export('mine', { private: true });
    expect(exported).toMatchObject({ ...key.jwk, kid: 'mine', use: 'sig', alg: 'RS256' });

    const elsewhere = openKeyring(join(directory, 'elsewhere'));
    elsewhere.import(JSON.stringify(exported), NOW);
    expect(elsewhere.jwks().keys).toEqual([keyring.export('mine')]);
  });

  it('exports the public part unless asked', () => {
    keyring.import(JSON.stringify({ ...key.jwk, kid: 'mine' }), NOW);
    expect(Object.keys(keyring.export('mine'))).toEqual(['kty', 'use', 'alg', 'kid', 'n', 'e']);
  });
});

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
    /kid a already/,
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

describe('importing refuses', () => {
  it.each(Object.entries(REFUSED))('%s, in one line, and leaves nothing behind', (_name, [text, words]) => {
    const before = readdirSync(directory);
    let failure: unknown;
    try {
      keyring.import(text, NOW);
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

  it('a kid and a key that the keyring has', () => {
    keyring.import(JSON.stringify({ ...key.jwk, kid: 'mine' }), NOW);
    expect(() => keyring.import(JSON.stringify({ ...other.jwk, kid: 'mine' }), NOW)).toThrow(/kid mine already/);
    expect(() => keyring.import(key.pem('pkcs8'), NOW)).toThrow(/already, as mine/);
  });
});

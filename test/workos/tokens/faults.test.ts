import { createPublicKey, verify } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REASONS } from '../../../src/errors/reasons.ts';
import { type Keyring, openKeyring } from '../../../src/workos/keys/keyring.ts';
import { ROWS_NOT_CARRIED_BY_A_TOKEN } from '../../../src/workos/tokens/faults/not-carried.ts';
import { paddingForgeries } from '../../../src/workos/tokens/faults/paddings.ts';
import { FAULTS, fitsAuthorizationHeader } from '../../../src/workos/tokens/faults.ts';
import { type MintedToken, mintToken } from '../../../src/workos/tokens/mint.ts';
import { decodePart, fixedRandom, makeRsaKey } from '../keys/key-material.ts';

const NOW = Date.UTC(2026, 0, 1);
const LAST_ROW = 156;
const GOOD = { issuer: 'https://api.workos.com', clientId: 'client_01', sub: 'user_01' };
/** OpenSSL draws a salt or a nonce of its own for these. */
const RANDOM_SIGNATURES = ['ps256', 'signature-pss', 'es256'];

let directory: string;
let keyring: Keyring;

beforeAll(async () => {
  directory = join(mkdtempSync(join(tmpdir(), 'agent-paste-faults-')), 'signing-keys');
  keyring = openKeyring(directory);
  await keyring.ensure(NOW);
});

afterAll(() => {
  rmSync(dirname(directory), { recursive: true, force: true });
});

function mint(...faults: string[]): MintedToken {
  return mintToken({ ...GOOD, faults }, { keyring, now: NOW, random: fixedRandom() });
}

describe('the table of faults', () => {
  it('gives every fault a name of its own', () => {
    const names = FAULTS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
  });

  it('covers every row of the catalogue that a token can show, and explains the others', () => {
    const carried = new Set(FAULTS.flatMap(({ rows }) => rows));
    const rows = Array.from({ length: LAST_ROW }, (_, index) => index + 1);
    const notCarried = Object.keys(ROWS_NOT_CARRIED_BY_A_TOKEN).map(Number);
    expect(rows.filter((row) => !carried.has(row) && !notCarried.includes(row))).toEqual([]);
    expect(notCarried.filter((row) => carried.has(row))).toEqual([]);
    expect([...carried, ...notCarried].every((row) => rows.includes(row))).toBe(true);
  });

  it('has more than two hundred faults', () => {
    expect(FAULTS.length).toBeGreaterThan(200);
  });

  it('expects 200 without a reason, or 401 with a reason of 401', () => {
    for (const { name } of FAULTS) {
      const { status, reason } = mint(name).expected;
      if (status === 200) expect(reason, name).toBeNull();
      else
        expect({ status, code: reason && REASONS[reason].code }, name).toEqual({
          status: 401,
          code: 'not_authenticated',
        });
    }
  });
});

describe('each fault', () => {
  it('makes a token that differs from the good one and from that of every other fault', () => {
    const tokens = [mint().token, ...FAULTS.map(({ name }) => mint(name).token)];
    expect(new Set(tokens).size).toBe(tokens.length);
  });

  it('makes the same token from the same clock and random source', () => {
    for (const { name } of FAULTS) {
      const [first, second] = [mint(name).token, mint(name).token];
      const random = RANDOM_SIGNATURES.includes(name);
      const stable = (token: string) => (random ? token.slice(0, token.lastIndexOf('.')) : token);
      expect(stable(second), name).toBe(stable(first));
    }
  });

  it('has an idempotency key only if the token is accepted', () => {
    for (const { name } of FAULTS) {
      const { expected, idempotencyKey } = mint(name);
      expect(idempotencyKey !== null, name).toBe(expected.status === 200);
    }
  });
});

describe('single faults', () => {
  const signedByIssuer = (token: string): boolean => {
    const [header = '', payload = '', signature = ''] = token.split('.');
    const key = createPublicKey(keyring.signingKey().privateKey);
    return verify('sha256', Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url'));
  };

  it('put a wrong claim into a token with a valid signature', () => {
    for (const name of ['expired', 'iss-suffix', 'sub-dot-dot', 'duplicate-sub', 'payload-space', 'jwk-own']) {
      expect(signedByIssuer(mint(name).token), name).toBe(true);
    }
  });

  it('make a wrong signature that verifies under no key of the set', () => {
    for (const name of [
      'signature-bit',
      'signature-other-key',
      'signature-pss',
      'payload-modified',
      'padding-no-null',
    ]) {
      expect(signedByIssuer(mint(name).token), name).toBe(false);
    }
  });

  it('misspell a signature that decodes to the right bytes', () => {
    const good = mint().token.split('.')[2] ?? '';
    for (const name of ['unused-bits', 'signature-padded', 'signature-space', 'base64-standard']) {
      const odd = mint(name).token.split('.')[2] ?? '';
      expect(odd).not.toBe(good);
      expect(Buffer.from(odd, 'base64url'), name).toEqual(Buffer.from(good, 'base64url'));
    }
  });

  it('set unused bits even for a key whose signature has none', async () => {
    const large = openKeyring(join(directory, 'large'));
    await large.import(makeRsaKey(3072).pem('pkcs8'), NOW);
    const minted = mintToken({ ...GOOD, faults: ['unused-bits'] }, { keyring: large, now: NOW, random: fixedRandom() });
    const signature = minted.token.split('.')[2] ?? '';
    expect(Buffer.from(signature, 'base64url').toString('base64url')).not.toBe(signature);
  });

  it('point jku and x5u to the given URL', () => {
    const options = { ...GOOD, faults: ['jku', 'x5u'], foreignUrl: 'http://127.0.0.1:9/x' };
    const { token } = mintToken(options, { keyring, now: NOW, random: fixedRandom() });
    expect(decodePart(token, 0)).toMatchObject({ jku: 'http://127.0.0.1:9/x', x5u: 'http://127.0.0.1:9/x' });
  });

  it('expect a missing kid to pass under one key, and to be ambiguous under two', async () => {
    expect(mint('kid-missing').expected.status).toBe(200);
    const two = openKeyring(join(directory, 'two'));
    await two.ensure(NOW);
    await two.rotate(NOW);
    const minted = mintToken({ ...GOOD, faults: ['kid-missing'] }, { keyring: two, now: NOW, random: fixedRandom() });
    expect(minted.expected.reason).toBe('key_ambiguous');
  });

  it('make two idempotency keys from two normal forms of one jti', () => {
    const [composed, decomposed] = [mint('jti-nfc').idempotencyKey, mint('jti-nfd').idempotencyKey];
    expect(composed).not.toBe(decomposed);
    expect(composed?.normalize('NFD')).toBe(decomposed);
  });

  it('use the WorkOS issuer form that is not configured', () => {
    const newer = 'https://api.workos.com/user_management/client_01';
    for (const issuer of [GOOD.issuer, newer]) {
      const options = { ...GOOD, issuer, faults: ['iss-other-form'] };
      const { claims } = mintToken(options, { keyring, now: NOW, random: fixedRandom() });
      expect(claims.iss).toBe(issuer === newer ? GOOD.issuer : newer);
    }
  });
});

describe('several faults at once', () => {
  it('all take effect in the token', () => {
    const { claims, header } = mint('typ-jwt', 'email-empty', 'client-id-other', 'iss-null');
    expect(header.typ).toBe('JWT');
    expect(claims).toMatchObject({ email: '', iss: null });
    expect(claims.client_id).not.toBe(GOOD.clientId);
  });
});

describe('padding forgeries', () => {
  it('are more than 180 different signatures, none of which verifies', () => {
    const input = Buffer.from('header.payload');
    const { privateKey } = keyring.signingKey();
    const forgeries = paddingForgeries(input, privateKey);
    expect(forgeries.length).toBeGreaterThanOrEqual(180);
    expect(new Set(forgeries.map(({ name }) => name)).size).toBe(forgeries.length);
    expect(new Set(forgeries.map(({ signature }) => signature.toString('hex'))).size).toBe(forgeries.length);
    const accepted = forgeries.filter(({ signature }) =>
      verify('sha256', input, createPublicKey(privateKey), signature),
    );
    expect(accepted.map(({ name }) => name)).toEqual([]);
  });
});

describe('a token in an Authorization header', () => {
  it('may have any printable characters', () => {
    for (const name of ['expired', 'alg-none', 'leading-tab', 'two-tokens', 'latin-1-character', 'json-general']) {
      expect(fitsAuthorizationHeader(mint(name).token), name).toBe(true);
    }
  });

  it('must not be empty, too long, or have line breaks, NUL, wide characters or outer spaces', () => {
    const names = [
      'signature-newline',
      'nul',
      'homoglyph-dot',
      'byte-order-mark',
      'trailing-space',
      'empty',
      'jti-64k',
    ];
    for (const name of names) expect(fitsAuthorizationHeader(mint(name).token), name).toBe(false);
  });
});

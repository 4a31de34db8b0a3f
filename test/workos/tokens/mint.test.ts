import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemRandom } from '../../../src/machine/random.ts';
import { type Keyring, openKeyring } from '../../../src/workos/keys/keyring.ts';
import { type MintOptions, mintToken } from '../../../src/workos/tokens/mint.ts';
import { decodePart } from '../keys/key-material.ts';

const NOW = Date.UTC(2026, 0, 1, 12, 0, 0, 999);
const SECONDS = Math.floor(NOW / 1000);
const GOOD = { issuer: 'https://api.workos.com', clientId: 'client_01', sub: 'user_01' };
const ULID = '[0-9A-HJKMNP-TV-Z]{26}';

let directory: string;
let keyring: Keyring;

beforeAll(async () => {
  directory = join(mkdtempSync(join(tmpdir(), 'agent-paste-mint-')), 'signing-keys');
  keyring = openKeyring(directory);
  await keyring.ensure(NOW);
});

afterAll(() => {
  rmSync(dirname(directory), { recursive: true, force: true });
});

function mint(options: Partial<MintOptions> = {}) {
  return mintToken({ ...GOOD, ...options }, { keyring, now: NOW, random: systemRandom() });
}

describe('a minted token', () => {
  it('verifies against the published set with an independent library', async () => {
    const { token } = mint();
    const keys = createLocalJWKSet(keyring.jwks() as unknown as JSONWebKeySet);
    const { payload, protectedHeader } = await jwtVerify(token, keys, {
      algorithms: ['RS256'],
      issuer: GOOD.issuer,
      subject: GOOD.sub,
      currentDate: new Date(NOW),
      requiredClaims: ['exp', 'iat', 'sid', 'jti', 'client_id'],
    });
    expect(protectedHeader).toEqual({ alg: 'RS256', kid: keyring.signingKey().kid });
    expect(payload.client_id).toBe(GOOD.clientId);
  });

  it('has the claims of an AuthKit access token: five minutes, a session id and a token id', () => {
    const { token, claims, header } = mint();
    expect(decodePart(token, 0)).toEqual(header);
    expect(decodePart(token, 1)).toEqual(claims);
    expect(claims).toEqual({
      iss: GOOD.issuer,
      sub: GOOD.sub,
      sid: expect.stringMatching(new RegExp(`^session_${ULID}$`)),
      jti: expect.stringMatching(new RegExp(`^${ULID}$`)),
      client_id: GOOD.clientId,
      iat: SECONDS,
      exp: SECONDS + 300,
    });
  });

  it('has its own ids every time', () => {
    const [a, b] = [mint(), mint()];
    expect(a.claims.jti).not.toBe(b.claims.jti);
    expect(a.claims.sid).not.toBe(b.claims.sid);
  });

  it('uses the given dates, ids and extra claims', () => {
    const options = { sid: 's', jti: 'j', issuedAt: SECONDS - 60, expiresIn: 90, notBefore: SECONDS - 30 };
    const { claims, expected } = mint({ ...options, claims: { org_id: 'org_1', client_id: 'client_02' } });
    expect(claims).toMatchObject({ sid: 's', jti: 'j', org_id: 'org_1', client_id: 'client_02' });
    expect(claims).toMatchObject({ iat: SECONDS - 60, exp: SECONDS + 30, nbf: SECONDS - 30 });
    expect(expected).toEqual({ status: 401, reason: 'client_id_mismatch' });
  });

  it('is signed by a named key even if retired, and then expects kid_unknown', async () => {
    const rotating = openKeyring(join(directory, 'rotating'));
    await rotating.ensure(NOW);
    const { kid } = rotating.signingKey();
    await rotating.rotate(NOW);
    await rotating.retire(kid, NOW);
    const { header, expected } = mintToken({ ...GOOD, kid }, { keyring: rotating, now: NOW, random: systemRandom() });
    expect(header.kid).toBe(kid);
    expect(expected).toEqual({ status: 401, reason: 'kid_unknown' });
  });

  it('rejects an unknown kid and an unknown fault', () => {
    expect(() => mint({ kid: 'nobody' })).toThrow(expect.objectContaining({ code: 'not_found' }));
    expect(() => mint({ faults: ['expired', 'nothing'] })).toThrow(
      expect.objectContaining({ code: 'invalid_argument', message: expect.stringContaining('nothing') }),
    );
  });
});

describe('the idempotency key', () => {
  it('is that of the jti, before that of the sid', () => {
    expect(mint({ jti: 'j', sid: 's' }).idempotencyKey).toBe('workos-jti:j');
    expect(mint({ jti: null, sid: 's' }).idempotencyKey).toBe('workos-session:s');
    expect(mint({ jti: ' ', sid: 's' }).idempotencyKey).toBe('workos-session:s');
  });

  it('is null for a rejected token', () => {
    expect(mint({ faults: ['expired'] }).idempotencyKey).toBeNull();
  });
});

describe('derives the expected answer from the options too', () => {
  it.each([
    ['no ids', { jti: null, sid: null }, 'no_session_or_token_id'],
    ['blank ids', { jti: '', sid: '\u00a0' }, 'no_session_or_token_id'],
    ['a life that is over', { issuedAt: SECONDS - 300 }, 'expired'],
    ['a life that has not begun', { notBefore: SECONDS + 1 }, 'not_yet_valid'],
    ['an issue in the future', { issuedAt: SECONDS + 61 }, 'issued_in_future'],
    ['two faults: the earlier check refuses', { faults: ['expired', 'kid-unknown'] }, 'kid_unknown'],
    ['a fault and no ids', { jti: null, sid: null, faults: ['signature-bit'] }, 'bad_signature'],
  ])('%s', (_name, options, reason) => {
    expect(mint(options).expected).toEqual({ status: 401, reason });
  });
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { CHECKS, type CheckName } from '../../../src/callback/token/checks.ts';
import { verifyAccessToken } from '../../../src/callback/token/verify.ts';
import { type TestServer, testServer } from '../../support/server.ts';
import { refusalOf, verifierOf } from './bad-input.ts';

/** For each check a fault that it refuses, with the reason; faults of one stage would undo each other. */
const FIRST_REFUSED_BY: Record<CheckName, readonly [fault: string, reason: string]> = {
  size: ['token-too-large', 'token_too_large'],
  encoding: ['signature-padded', 'malformed_token'],
  header: ['duplicate-kid', 'duplicate_member'],
  algorithm: ['alg-lower-case', 'alg_not_allowed'],
  critical: ['b64-true', 'crit_not_supported'],
  'key headers': ['x5t', 'untrusted_key_header'],
  type: ['typ-logout', 'typ_not_allowed'],
  'key id': ['kid-empty', 'kid_invalid'],
  key: ['kid-unknown', 'kid_unknown'],
  signature: ['signature-bit', 'bad_signature'],
  payload: ['duplicate-jti', 'duplicate_member'],
  lifetime: ['expired', 'expired'],
  issuer: ['iss-other', 'issuer_mismatch'],
  client: ['client-id-other', 'client_id_mismatch'],
  subject: ['sub-dot-dot', 'bad_sub'],
  session: ['jti-control', 'bad_token_id'],
};

const NAMES = CHECKS.map(({ name }) => name);
const PAIRS = NAMES.flatMap((first, index) => NAMES.slice(index + 1).map((second) => [first, second] as const));
/** Two faults of the key id cannot stand in one token. */
const EXCLUSIVE = PAIRS.filter(([first, second]) => first === 'key id' && second === 'key');

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server[Symbol.asyncDispose]());

test('runs the checks in the fixed order', () => {
  expect(NAMES).toEqual(Object.keys(FIRST_REFUSED_BY));
});

test.each(PAIRS.filter((pair) => !EXCLUSIVE.includes(pair)))(
  'rejects a token that fails %s and %s by the first check, in either order of faults',
  async (first, second) => {
    const [earlier, reason] = FIRST_REFUSED_BY[first];
    const [later] = FIRST_REFUSED_BY[second];
    for (const faults of [
      [earlier, later],
      [later, earlier],
    ]) {
      expect((await refusalOf(server, server.mint({ faults }).token))?.reason).toBe(reason);
    }
  },
);

test.each(NAMES)('passes all checks before %s for a token that fails only it', async (name) => {
  const [fault, reason] = FIRST_REFUSED_BY[name];
  const seen: string[] = [];
  const { token } = server.mint({ faults: [fault] });
  await expect(
    verifyAccessToken(token, verifierOf(server), Date.now(), (check) => seen.push(check)),
  ).rejects.toMatchObject({ reason });
  expect(seen).toEqual(NAMES.slice(0, NAMES.indexOf(name) + 1));
});

test('checks exp before nbf, and nbf before iat', async () => {
  const now = Math.floor(Date.now() / 1000);
  const refusal = async (claims: object) =>
    (await refusalOf(server, server.mint({ claims: { ...claims } }).token))?.reason;
  expect(await refusal({ exp: now - 1, nbf: now + 60, iat: 'x' })).toBe('expired');
  expect(await refusal({ nbf: now + 60, iat: 'x' })).toBe('not_yet_valid');
  expect(await refusal({ exp: now + 600, iat: now + 120 })).toBe('issued_in_future');
});

test('checks the credential before the token, and the user after it', async () => {
  const { token } = server.mint({ faults: ['expired'] });
  const basic = await server.post(undefined, { authorization: `Basic ${token}` });
  expect(basic.body.error.reason).toBe('no_bearer');
  const unknown = await server.post(server.mint({ sub: 'user_unknown/' }).token);
  expect(unknown.body.error.reason).toBe('bad_sub');
  const nobody = server.mint({ claims: { sub: 'user_nobody', iss: 'https://issuer.example' } });
  expect((await server.post(nobody.token)).body.error.reason).toBe('issuer_mismatch');
  const known = server.mint({ claims: { sub: 'user_nobody' } });
  expect((await server.post(known.token)).body.error.reason).toBe('user_fetch_failed');
});

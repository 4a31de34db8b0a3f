import { describe, expect, test } from 'vitest';
import { localKeys } from '../../../src/callback/token/keys.ts';
import { createTokenMemo } from '../../../src/callback/token/memo.ts';
import { verifyAccessToken } from '../../../src/callback/token/verify.ts';
import type { Sender } from '../../../src/errors/api-error.ts';
import { KEY, NOW, type Part, refused, SETTINGS, tokenOf } from './examine.ts';

const verifier = { settings: SETTINGS, keys: localKeys(() => ({ keys: [KEY] })), memo: createTokenMemo() };

/** The reason of the refusal, and whose token it says it was. */
async function refusalOf(token: string, now = NOW): Promise<{ reason: string | undefined; who: Sender | undefined }> {
  const error = await verifyAccessToken(token, verifier, now * 1000).then(
    () => expect.fail('the token is accepted'),
    (thrown) => refused(thrown),
  );
  return { reason: error.reason, who: error.detail.who };
}

const ADA = { subject: 'user_1', sessionId: 'session_1', tokenId: 'jti_1', issuer: SETTINGS.issuer };
const unsigned = (token: string) => `${token.split('.').slice(0, 2).join('.')}.${'A'.repeat(342)}`;

describe('a refusal after a good signature', () => {
  test.each<[string, Part, Partial<Sender>]>([
    ['expired', { exp: NOW }, {}],
    ['bad_exp', { exp: '1' }, {}],
    ['not_yet_valid', { nbf: NOW + 60 }, {}],
    ['issuer_mismatch', { iss: 'https://other.example' }, { issuer: 'https://other.example' }],
    ['client_id_mismatch', { client_id: 'client_2' }, {}],
    ['missing_sub', { sub: '' }, { subject: null }],
    ['bad_sub', { sub: 'a\u200bb' }, { subject: null }],
    ['bad_sub', { sub: 7 }, { subject: null }],
    ['bad_sub', { sub: 'x'.repeat(256) }, { subject: null }],
    ['bad_token_id', { jti: 'a\u202eb' }, { tokenId: null }],
    ['bad_session_id', { sid: ['s'] }, { sessionId: null }],
    ['no_session_or_token_id', { sid: ' ', jti: null }, { sessionId: null, tokenId: null }],
  ])('for %s says whose token it is: %j', async (reason, claims, changed) => {
    expect(await refusalOf(tokenOf({}, claims))).toEqual({ reason, who: { verified: true, ...ADA, ...changed } });
  });

  test('says nothing where the claims can be read in two ways, or not at all', async () => {
    const twice = `{"sub":"user_1","sub":"user_2","exp":${NOW + 300}}`;
    expect(await refusalOf(tokenOf({}, twice))).toEqual({ reason: 'duplicate_member', who: undefined });
    expect(await refusalOf(tokenOf({}, '[]'))).toEqual({ reason: 'payload_invalid', who: undefined });
  });

  test('says whose token it is also for one that was accepted before', async () => {
    const token = tokenOf();
    await verifyAccessToken(token, verifier, NOW * 1000);
    expect(await refusalOf(token, NOW + 300)).toEqual({ reason: 'expired', who: { verified: true, ...ADA } });
  });
});

describe('a refusal before a good signature', () => {
  test.each<[string, string]>([
    ['bad_signature', unsigned(tokenOf())],
    ['alg_not_allowed', tokenOf({ alg: 'HS256' })],
    ['kid_unknown', tokenOf({ kid: 'key_2' })],
    ['header_invalid', tokenOf('[]')],
  ])('for %s keeps what the token claims, and marks it as not verified', async (reason, token) => {
    expect(await refusalOf(token)).toEqual({ reason, who: { verified: false, ...ADA } });
  });

  test('keeps no claims of a token that cannot be taken apart', async () => {
    for (const token of ['a.b', 'a.b.c', `${'a'.repeat(9000)}`]) expect((await refusalOf(token)).who).toBeUndefined();
  });

  test('keeps no claim that cannot be shown', async () => {
    const { who } = await refusalOf(unsigned(tokenOf({}, { sub: 'a\u001b[31m', jti: 'x'.repeat(256), sid: 7 })));
    expect(who).toEqual({ verified: false, subject: null, sessionId: null, tokenId: null, issuer: SETTINGS.issuer });
  });
});

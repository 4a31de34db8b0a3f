import { describe, expect, test } from 'vitest';
import { type Circumstances, CLAIMS, examine, NOW, type Part, SETTINGS, tokenOf } from './examine.ts';

type Row = [
  what: string,
  claims: Part,
  reason: string | undefined,
  received?: string | undefined,
  circumstances?: Circumstances,
];

const iso = (seconds: number) => new Date(seconds * 1000).toISOString();
const optional: Circumstances = { settings: { clientIdClaim: 'optional' } };
const tolerant: Circumstances = { settings: { clockTolerance: 10 } };
const noClient = { client_id: undefined };

const PAYLOADS: Row[] = [
  ['that are good', {}, undefined],
  ['that are no JSON', '{"exp"', 'payload_invalid'],
  ['that are a list', '[]', 'payload_invalid', 'an array'],
  ['with a name twice', `{"sub":"a","sub":"b"}`, 'duplicate_member', 'sub twice'],
];

const DATES: Row[] = [
  ['without exp', { exp: undefined }, 'bad_exp', 'nothing'],
  ['with an exp of text', { exp: '1' }, 'bad_exp', 'a string'],
  ['with an exp of now', { exp: NOW }, 'expired', iso(NOW)],
  ['with an exp of a moment ago', { exp: NOW - 0.001 }, 'expired'],
  ['with an exp of a moment later', { exp: NOW + 0.001 }, undefined],
  ['with an exp at the end of the tolerance', { exp: NOW - 10 }, 'expired', iso(NOW - 10), tolerant],
  ['with an exp within the tolerance', { exp: NOW - 9 }, undefined, undefined, tolerant],
  ['with an exp in the last second of 9999', { exp: 253_402_300_799 }, undefined],
  ['with an exp in the year 10000', { exp: 253_402_300_800 }, 'bad_numeric_date', '253402300800'],
  ['with an exp as far before 1970', { exp: -253_402_300_800 }, 'bad_numeric_date', '-253402300800'],
  ['with an exp without end', '{"exp":1e999}', 'bad_numeric_date', 'Infinity'],
  ['with an nbf of now', { nbf: NOW }, undefined],
  ['with an nbf of later', { nbf: NOW + 1 }, 'not_yet_valid', iso(NOW + 1)],
  ['with an nbf at the end of the tolerance', { nbf: NOW + 10 }, undefined, undefined, tolerant],
  ['with an nbf after the tolerance', { nbf: NOW + 11 }, 'not_yet_valid', iso(NOW + 11), tolerant],
  ['with an nbf of text', { nbf: '1' }, 'bad_numeric_date', 'a string'],
  ['with an nbf beyond all calendars', { nbf: 1e15 }, 'bad_numeric_date', '1000000000000000'],
  ['with an iat within the leeway', { iat: NOW + 60 }, undefined],
  ['with an iat after the leeway', { iat: NOW + 61 }, 'issued_in_future', iso(NOW + 61)],
  ['with an iat of null', { iat: null }, 'bad_numeric_date', 'null'],
  ['with an iat beyond all calendars', { iat: -1e15 }, 'bad_numeric_date', '-1000000000000000'],
  [
    'with an exp of the moment of iat',
    { iat: NOW + 300 },
    'bad_numeric_date',
    `exp ${iso(NOW + 300)}, iat ${iso(NOW + 300)}`,
  ],
  ['with an iat before exp', { iat: NOW + 29, exp: NOW + 30 }, undefined],
];

const ISSUERS: Row[] = [
  ['without iss', { iss: undefined }, 'issuer_mismatch', 'nothing'],
  ['with an iss that is a list', { iss: [SETTINGS.issuer] }, 'issuer_mismatch', 'an array'],
  ['with another iss', { iss: 'https://other.example' }, 'issuer_mismatch', 'https://other.example'],
  ['with a slash after iss', { iss: `${SETTINGS.issuer}/` }, undefined],
  ['with two slashes after iss', { iss: `${SETTINGS.issuer}//` }, 'issuer_mismatch', `${SETTINGS.issuer}//`],
  ['with a slash missing after iss', {}, undefined, undefined, { settings: { issuer: `${SETTINGS.issuer}/` } }],
  ['with an empty iss', { iss: '' }, 'issuer_mismatch', 'an empty string'],
  ['with a slash before iss', { iss: `/${SETTINGS.issuer}` }, 'issuer_mismatch'],
];

const CLIENTS: Row[] = [
  ['of another client', { client_id: 'client_2' }, 'client_id_mismatch', 'client_id client_2'],
  ['of a client that is a list', { client_id: ['client_1'] }, 'client_id_mismatch', 'client_id an array'],
  ['of another party', { azp: 'client_2' }, 'client_id_mismatch', 'azp client_2'],
  ['of the client as party', { ...noClient, azp: 'client_1' }, undefined],
  ['of a client of null, and the client as party', { client_id: null, azp: 'client_1' }, undefined],
  ['of no client', noClient, 'client_id_mismatch', 'neither client_id nor azp'],
  ['of no client but an audience', { ...noClient, aud: 'client_1' }, 'client_id_mismatch'],
  ['of no client, where none is required', noClient, undefined, undefined, optional],
  ['for the client, where none is required', { ...noClient, aud: 'client_1' }, undefined, undefined, optional],
  ['for some, where none is required', { ...noClient, aud: ['x', 'client_1'] }, undefined, undefined, optional],
  ['for others', { ...noClient, aud: ['x'] }, 'client_id_mismatch', 'aud an array', optional],
  ['for another', { ...noClient, aud: 'x' }, 'client_id_mismatch', 'aud x', optional],
  ['for a text around the client', { ...noClient, aud: 'client_10' }, 'client_id_mismatch', 'aud client_10', optional],
  ['for null', { ...noClient, aud: null }, 'client_id_mismatch', 'aud null', optional],
  ['for another, but of the client', { aud: 'x' }, undefined, undefined, optional],
];

const SUBJECTS: Row[] = [
  ['without sub', { sub: undefined }, 'missing_sub', 'nothing'],
  ['with an empty sub', { sub: '' }, 'missing_sub', 'an empty string'],
  ['with a sub of null', { sub: null }, 'bad_sub', 'null'],
  ['with a sub of 255 characters', { sub: 's'.repeat(255) }, undefined],
  ['with a sub of 256 characters', { sub: 's'.repeat(256) }, 'bad_sub', '256 characters'],
  ['with dots in a sub', { sub: 'a..b' }, undefined],
  ['with a dot before a sub', { sub: '.a' }, undefined],
  ['with a dot after a sub', { sub: 'a.' }, undefined],
  ...['.', '..', '...', 'a/b', 'a\\b', 'a?b', 'a#b', 'a%b', 'a b', 'a\nb', 'a\u00adb', 'a\u3164', '\ud800'].map(
    (sub): Row => [`with a sub of ${JSON.stringify(sub)}`, { sub }, 'bad_sub', sub],
  ),
];

const IDS: Row[] = [
  ['without ids', { jti: undefined, sid: undefined }, 'no_session_or_token_id'],
  ['with blank ids', { jti: ' \u00a0\t', sid: '' }, 'no_session_or_token_id'],
  ['with ids of null', { jti: null, sid: null }, 'no_session_or_token_id'],
  ['with a jti that is a number', { jti: 1 }, 'bad_token_id', 'a number'],
  ['with a sid that is false', { sid: false }, 'bad_session_id', 'a boolean'],
  ['with a jti of 255 characters', { jti: 'j'.repeat(255) }, undefined],
  ['with a jti of 256 characters', { jti: 'j'.repeat(256) }, 'bad_token_id', '256 characters'],
  ['with a sid of 256 characters', { sid: 's'.repeat(256) }, 'bad_session_id', '256 characters'],
  ['with a jti that nobody sees', { jti: 'a\u200bb' }, 'bad_token_id', 'a\u200bb'],
  ['with a line end in sid', { sid: 'a\u2028b' }, 'bad_session_id', 'a\u2028b'],
];

test.each([...PAYLOADS, ...DATES, ...ISSUERS, ...CLIENTS, ...SUBJECTS, ...IDS])(
  'judges claims %s',
  async (_, claims, reason, received, circumstances) => {
    const found = await examine(tokenOf({}, claims), circumstances);
    expect(found.reason).toBe(reason);
    if (received !== undefined) expect(found.received).toBe(received);
  },
);

test.each(['exp', 'nbf', 'iat'])(
  'names the refused %s and the last moment at which the token was good',
  async (name) => {
    expect((await examine(tokenOf({}, { [name]: 'x' }))).expected).toContain(name);
    expect((await examine(tokenOf({}, { [name]: 1e15 }))).expected).toContain(name);
    const late = await examine(tokenOf({}, { [name]: name === 'exp' ? NOW : NOW + 100 }));
    expect(late.expected).toContain(name);
    expect(late.expected).toContain(iso(name === 'iat' ? NOW + 60 : NOW));
  },
);

describe('what is read from good claims', () => {
  test('has the issuer without its slash, the subject, both ids, and the expiry in whole seconds', async () => {
    const claims = { iss: `${SETTINGS.issuer}/`, exp: NOW + 0.25 };
    const { verified } = await examine(tokenOf({}, claims), { settings: { issuer: `${SETTINGS.issuer}/` } });
    expect(verified).toEqual({
      issuer: SETTINGS.issuer,
      subject: 'user_1',
      tokenId: 'jti_1',
      sessionId: 'session_1',
      expiresAt: NOW + 1,
      idempotencyKey: 'workos-jti:jti_1',
    });
  });

  test.each([
    ['no jti', { jti: undefined }, null, 'session_1', 'sid session_1'],
    ['a blank jti', { jti: ' ' }, null, 'session_1', 'sid session_1'],
    ['no sid', { sid: null }, 'jti_1', null, 'jti jti_1'],
    ['white space around a jti', { jti: ' x ', sid: '' }, ' x ', null, 'jti  x '],
    ['both', {}, 'jti_1', 'session_1', 'jti jti_1, sid session_1'],
  ])('with %s leaves the ids as they are', async (_, claims, tokenId, sessionId, received) => {
    const { verified, findings } = await examine(tokenOf({}, claims));
    expect(verified).toMatchObject({ tokenId, sessionId });
    expect(findings.session?.received).toBe(received);
  });

  test('is collected check by check', async () => {
    const { findings } = await examine(tokenOf({}, { azp: 'client_1' }));
    expect(findings.payload?.received).toBe(`claims ${Object.keys(CLAIMS).join(', ')}, azp`);
    expect(findings.lifetime).toEqual({ expected: `exp after ${iso(NOW)}`, received: iso(NOW + 300) });
    expect(findings.issuer).toEqual({ expected: SETTINGS.issuer, received: SETTINGS.issuer });
    expect(findings.client).toEqual({ expected: 'client_1', received: 'client_id client_1' });
    expect(findings.subject?.received).toBe('user_1');
  });

  test.each([
    ['azp', { azp: 'client_1' }, 'azp client_1'],
    ['aud', { aud: ['client_1'] }, 'aud client_1'],
    ['nothing', {}, 'none'],
  ])('says that the client was told by %s', async (_, claims, received) => {
    const { findings } = await examine(tokenOf({}, { ...noClient, ...claims }), optional);
    expect(findings.client?.received).toBe(received);
  });
});

/** Rows 123 to 153: the payload and its claims. */
import { expect } from 'vitest';
import { explainToken } from '../../../../src/callback/explanation/explanation.ts';
import { LOCAL_CLIENT_ID, WORKOS_ISSUER } from '../../../../src/machine/settings.ts';
import type { MintOptions } from '../../../../src/workos/tokens/mint.ts';
import { type TestServer, testServer } from '../../../support/server.ts';
import { type BadInput, faulty, judge, minted, type Outcome, refusalOf, verdictOf, verifierOf } from '../bad-input.ts';
import { forged, withMember, withMembers } from '../forged.ts';

const NOW = Date.UTC(2026, 5, 1, 12);
const SECONDS = NOW / 1000;

function all(row: number, outcome: Outcome, ...faults: string[]): BadInput[] {
  return faults.map((name) => faulty([row], name, outcome));
}

/** A claim with a value as JSON text; the clock stands still at `NOW`. */
function claim(
  row: number,
  name: string,
  text: string,
  outcome: Outcome,
  options: Partial<MintOptions> = {},
): BadInput {
  return payload(row, `${name} ${text}`, outcome, withMember(name, text), options);
}

function payload(
  row: number,
  what: string,
  outcome: Outcome,
  change: (json: string) => string | Buffer,
  options: Partial<MintOptions> = {},
): BadInput {
  return {
    rows: [row],
    what,
    outcome,
    async send(server) {
      server.setClock(NOW);
      return judge(server, forged(server, { ...options, payload: change }));
    },
  };
}

const JSON_TEXTS: readonly BadInput[] = [
  ...all(
    123,
    'payload_invalid',
    'payload-not-json',
    'payload-array',
    'payload-null',
    'payload-string',
    'payload-utf16',
    'payload-invalid-utf8',
  ),
  payload(123, 'a payload with a comment', 'payload_invalid', (json) => `${json}// ok`),
  payload(123, 'a payload with NaN', 'payload_invalid', withMembers('"x":NaN')),
  payload(123, 'a payload of UTF-8 surrogates', 'payload_invalid', (json) =>
    Buffer.concat([
      Buffer.from(json.slice(0, -1)),
      Buffer.from(',"x":"'),
      Buffer.from([0xed, 0xa0, 0x80]),
      Buffer.from('"}'),
    ]),
  ),
  ...all(124, 'payload_invalid', 'payload-byte-order-mark'),
  ...all(125, 'duplicate_member', 'duplicate-sub', 'duplicate-exp', 'duplicate-jti'),
  payload(125, 'sub, and sub again behind an escape', 'duplicate_member', withMembers('"s\\u0075b":"user_other"')),
  payload(125, '__proto__ twice', 'duplicate_member', withMembers('"__proto__":1,"__proto__":1')),
  ...all(126, 'missing_sub', 'sub-proto'),
];

const DATES: readonly BadInput[] = [
  ...all(127, 'expired', 'expired', 'expired-now'),
  claim(127, 'exp', String(SECONDS), 'expired', { issuedAt: SECONDS - 300 }),
  claim(127, 'exp', String(SECONDS + 1), 200),
  claim(127, 'exp', `${SECONDS}.001`, 200, { issuedAt: SECONDS - 300 }),
  ...all(128, 'bad_exp', 'exp-missing', 'exp-string', 'exp-null'),
  claim(128, 'exp', 'true', 'bad_exp'),
  claim(128, 'exp', `[${SECONDS + 300}]`, 'bad_exp'),
  ...all(128, 'expired', 'exp-negative'),
  claim(128, 'exp', '-0', 'expired'),
  claim(128, 'exp', '1e-400', 'expired'),
  ...all(129, 'bad_numeric_date', 'exp-infinite', 'exp-milliseconds', 'exp-year-10000'),
  claim(129, 'exp', '-1e400', 'bad_numeric_date'),
  claim(129, 'exp', '253402300799', 200),
  claim(129, 'exp', `${SECONDS + 259_200}.123456789`, 200),
  ...all(130, 'not_yet_valid', 'not-yet-valid'),
  claim(130, 'nbf', String(SECONDS + 60), 'not_yet_valid'),
  claim(130, 'nbf', String(SECONDS + 1), 'not_yet_valid'),
  claim(130, 'nbf', String(SECONDS), 200),
  ...all(130, 'bad_numeric_date', 'nbf-string'),
  claim(130, 'nbf', 'null', 'bad_numeric_date'),
  claim(130, 'nbf', '1e400', 'bad_numeric_date'),
  ...all(131, 'issued_in_future', 'issued-in-future'),
  claim(131, 'iat', String(SECONDS + 61), 'issued_in_future'),
  claim(131, 'iat', String(SECONDS + 60), 200),
  ...all(132, 'bad_numeric_date', 'iat-string'),
  claim(132, 'iat', 'null', 'bad_numeric_date'),
  claim(132, 'iat', '{}', 'bad_numeric_date'),
  ...all(133, 'bad_numeric_date', 'exp-before-iat'),
  claim(133, 'iat', String(SECONDS + 300), 'bad_numeric_date'),
];

const ISSUERS: readonly BadInput[] = [
  ...all(134, 'issuer_mismatch', 'iss-other', 'iss-null', 'iss-missing', 'iss-suffix', 'iss-upper-case', 'iss-array'),
  claim(134, 'iss', `{"toString":"${WORKOS_ISSUER}"}`, 'issuer_mismatch'),
  claim(134, 'iss', `" ${WORKOS_ISSUER}"`, 'issuer_mismatch'),
  claim(134, 'iss', `"${WORKOS_ISSUER}\\u0000"`, 'issuer_mismatch'),
  claim(134, 'iss', '""', 'issuer_mismatch'),
  ...all(135, 200, 'iss-trailing-slash'),
  {
    rows: [135],
    what: 'two slashes at the end, which the advice of explain names',
    outcome: 'issuer_mismatch',
    async send(server) {
      const { token } = server.mint({ faults: ['iss-two-slashes'] });
      const options = { verifier: verifierOf(server), lookup: 'not asked', now: Date.now(), knownKeys: () => [] };
      expect((await explainToken(token, options)).advice[0]).toMatch(/differ only in slashes at the end/);
      return judge(server, token);
    },
  },
  {
    rows: [135],
    what: 'a slash at the end of the configured issuer alone',
    outcome: 200,
    async send() {
      await using server = await testServer({ issuer: `${WORKOS_ISSUER}/` });
      return verdictOf(await server.post(server.mint({ issuer: WORKOS_ISSUER }).token));
    },
  },
  ...['iss-authkit-domain', 'iss-other-form'].map(
    (fault): BadInput => ({
      rows: [136],
      what: `${fault}, with both issuers in the detail`,
      outcome: 'issuer_mismatch',
      async send(server) {
        const { token, claims } = server.mint({ faults: [fault] });
        expect((await refusalOf(server, token))?.detail).toMatchObject({
          expected: WORKOS_ISSUER,
          received: claims.iss,
        });
        return judge(server, token);
      },
    }),
  ),
];

const CLIENTS: readonly BadInput[] = [
  ...all(137, 'client_id_mismatch', 'client-id-other', 'azp-other'),
  claim(137, 'client_id', '""', 'client_id_mismatch'),
  claim(137, 'azp', `["${LOCAL_CLIENT_ID}"]`, 'client_id_mismatch'),
  claim(137, 'client_id', `{"toString":"${LOCAL_CLIENT_ID}"}`, 'client_id_mismatch'),
  ...all(138, 'client_id_mismatch', 'azp-conflict'),
  ...all(139, 'client_id_mismatch', 'client-id-missing'),
  optional(139, 'no client at all', 200, 'client-id-missing'),
  optional(139, 'azp of another client', 'client_id_mismatch', 'azp-other'),
  ...all(140, 'client_id_mismatch', 'aud-other', 'aud-others'),
  optional(140, 'aud of another client', 'client_id_mismatch', 'aud-other'),
  optional(140, 'aud of other clients', 'client_id_mismatch', 'aud-others'),
  ...all(141, 'client_id_mismatch', 'aud-object', 'aud-number'),
  optional(141, 'aud as an object', 'client_id_mismatch', 'aud-object'),
  optional(141, 'aud as a number', 'client_id_mismatch', 'aud-number'),
];

/** The same under `--client-id-claim optional`. */
function optional(row: number, what: string, outcome: Outcome, fault: string): BadInput {
  return {
    rows: [row],
    what: `${what}, where none is required`,
    outcome,
    async send() {
      await using server = await testServer({ 'client-id-claim': 'optional' });
      return verdictOf(await server.post(server.mint({ faults: [fault] }).token));
    },
  };
}

const SUBJECTS: readonly BadInput[] = [
  ...all(142, 'missing_sub', 'sub-missing', 'sub-empty'),
  ...all(143, 'bad_sub', 'sub-number', 'sub-null', 'sub-object', 'sub-array'),
  ...all(144, 'bad_sub', 'sub-dot', 'sub-dot-dot', 'sub-path-traversal'),
  ...['"..."', '"user_1/../user_2"', '"user_1?x"', '"user_1#x"', '"%2e%2e"', '"..\\\\x"', '" user_1"'].map((text) =>
    claim(144, 'sub', text, 'bad_sub'),
  ),
  ...all(145, 'bad_sub', 'sub-lone-surrogate'),
  ...all(146, 'bad_sub', 'sub-nul', 'sub-crlf', 'sub-256'),
];

const IDS: readonly BadInput[] = [
  ...['ids-missing', 'ids-empty', 'ids-spaces', 'ids-no-break-space', 'ids-tab'].map(noId),
  {
    rows: [149],
    what: 'a blank jti beside a good sid, which becomes the key',
    outcome: 200,
    async send(server) {
      const answer = await server.post(server.mint({ jti: ' ', sid: 'session_149' }).token);
      expect(server.logged.at(-1)?.key).toBe('workos-session:session_149');
      return verdictOf(answer);
    },
  },
  ...all(149, 200, 'jti-blank'),
  ...all(150, 200, 'jti-null'),
  ...all(150, 'bad_token_id', 'jti-number', 'jti-boolean', 'jti-array', 'jti-object'),
  ...all(150, 'bad_session_id', 'sid-number', 'sid-boolean', 'sid-array', 'sid-object'),
  claim(150, 'jti', 'false', 'bad_token_id'),
  claim(150, 'jti', '0', 'bad_token_id'),
  ...all(151, 'bad_token_id', 'jti-zero-width-space', 'jti-nul', 'jti-control', 'jti-lone-surrogate'),
  claim(151, 'jti', '"a\\u2028b"', 'bad_token_id'),
  claim(151, 'jti', '"a\\u202eb"', 'bad_token_id'),
  claim(151, 'jti', '"a\\udb40\\udc41b"', 'bad_token_id'),
  claim(151, 'jti', '"\\u3164"', 'bad_token_id'),
  claim(151, 'sid', '"\\u200b"', 'bad_session_id'),
  ...all(152, 'bad_token_id', 'jti-256'),
  ...all(152, 'token_too_large', 'jti-64k'),
  minted([152], 'a jti of 255 characters', 200, { jti: 'j'.repeat(255) }),
  minted([152], 'a jti of 127 characters beyond U+FFFF', 200, { jti: '\u{1f600}'.repeat(127) }),
  {
    rows: [153],
    what: 'one jti in two normal forms, and in capitals, makes three records',
    outcome: 200,
    async send() {
      await using server = await testServer();
      const ids = ['jti_\u00e9', 'jti_e\u0301', 'JTI_\u00e9'];
      for (const jti of ids) await server.post(server.mint({ jti }).token);
      expect(server.logged.map(({ outcome }) => outcome)).toEqual(['provisioned', 'seen', 'seen']);
      return verdictOf(await server.get('/v1/web/workspace', server.mint({ jti: ids[0] ?? null }).token));
    },
  },
];

/** Without an id the message is fixed, and the user is not looked up. */
function noId(fault: string): BadInput {
  return {
    rows: [fault === 'ids-missing' ? 147 : 148],
    what: `${fault}: the exact message`,
    outcome: 'no_session_or_token_id',
    async send(server: TestServer) {
      const answer = await server.post(server.mint({ faults: [fault] }).token);
      expect(answer.body.error.message).toBe('missing WorkOS token_id or session_id');
      return verdictOf(answer);
    },
  };
}

export const CLAIM_INPUTS: readonly BadInput[] = [...JSON_TEXTS, ...DATES, ...ISSUERS, ...CLIENTS, ...SUBJECTS, ...IDS];

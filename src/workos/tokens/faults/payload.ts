/** Payloads that are not a JSON object, and dates, issuers and clients that do not fit (RFC 7519 section 4, RFC 8725 section 3). */
import { Buffer } from 'node:buffer';
import { appended, bothEnds, encode, set, text, withByteOrderMark, withInvalidUtf8, without } from './edits.ts';
import { ACCEPTED, refused } from './expected-verdict.ts';
import { type Changes, type Fault, type FaultContext, fault, type Members } from './fault.ts';
import { foreignSignature } from './signing.ts';

const noPayload = refused('payload_invalid');
const twice = refused('duplicate_member', 'payload');
const badDate = refused('bad_numeric_date');
const otherIssuer = refused('issuer_mismatch');
const otherClient = refused('client_id_mismatch');

const OTHER_CLIENT = 'client_01HZZZZZZZZZZZZZZZZZZZZZZZ';

export const PAYLOAD_FAULTS: readonly Fault[] = [
  fault('payload-nested-token', [91], 'cty JWT with another token as payload', noPayload, {
    header: set({ cty: 'JWT' }),
    payloadBytes: nestedToken,
  }),
  fault('payload-not-json', [123], 'a payload that is not JSON', noPayload, { payloadBytes: text('{"sub":') }),
  fault('payload-array', [123], 'a payload that is an array', noPayload, { payloadBytes: text('[{}]') }),
  fault('payload-null', [123], 'a payload that is null', noPayload, { payloadBytes: text('null') }),
  fault('payload-string', [123], 'a payload that is a string', noPayload, { payloadBytes: text('"sub"') }),
  fault('payload-utf16', [123], 'a payload in UTF-16', noPayload, {
    payloadBytes: (json) => Buffer.from(json.toString(), 'utf16le'),
  }),
  fault('payload-invalid-utf8', [123], 'a payload that is not UTF-8', noPayload, { payloadBytes: withInvalidUtf8 }),
  fault('payload-byte-order-mark', [124], 'a payload with a byte order mark', noPayload, {
    payloadBytes: withByteOrderMark,
  }),
  fault('duplicate-sub', [125], 'sub twice', twice, { payloadBytes: bothEnds('"sub":"user_other"') }),
  fault('duplicate-exp', [125], 'exp twice', twice, { payloadBytes: bothEnds('"exp":9999999999') }),
  fault('duplicate-jti', [125], 'jti twice', twice, { payloadBytes: bothEnds('"jti":"other"') }),

  fault('expired', [127], 'exp a second ago', refused('expired'), dates({ iat: -300, exp: -1 })),
  fault('expired-now', [127], 'exp at this very second', refused('expired'), dates({ iat: -300, exp: 0 })),
  fault('exp-missing', [128], 'no exp', refused('bad_exp'), { claims: without('exp') }),
  fault('exp-string', [128], 'exp as a string', refused('bad_exp'), {
    claims: (c, { now }) => ({ ...c, exp: String(now + 300) }),
  }),
  fault('exp-null', [128], 'exp null', refused('bad_exp'), { claims: set({ exp: null }) }),
  fault('exp-negative', [128], 'a negative exp', refused('expired'), { claims: set({ exp: -1 }) }),
  fault('exp-infinite', [129], 'exp 1e400', badDate, {
    claims: without('exp'),
    payloadBytes: appended('"exp":1e400'),
  }),
  fault('exp-milliseconds', [129], 'exp in milliseconds', badDate, {
    claims: (c, { now }) => ({ ...c, exp: (now + 300) * 1000 }),
  }),
  fault('exp-year-10000', [129], 'exp after the year 9999', badDate, { claims: set({ exp: 253_402_300_800 }) }),
  fault('not-yet-valid', [130], 'nbf in an hour', refused('not_yet_valid'), dates({ nbf: 3600, exp: 3900 })),
  fault('nbf-string', [130], 'nbf as a string', refused('bad_numeric_date', 'not before'), {
    claims: (c, { now }) => ({ ...c, nbf: String(now) }),
  }),
  fault('issued-in-future', [131], 'iat in an hour', refused('issued_in_future'), dates({ iat: 3600, exp: 3900 })),
  fault('iat-string', [132], 'iat as a string', refused('bad_numeric_date', 'issued at'), {
    claims: (c, { now }) => ({ ...c, iat: String(now) }),
  }),
  fault(
    'exp-before-iat',
    [133],
    'exp before iat',
    refused('bad_numeric_date', 'issued at'),
    dates({ iat: 50, exp: 45 }),
  ),

  fault('iss-other', [134], 'another issuer', otherIssuer, { claims: set({ iss: 'https://issuer.example' }) }),
  fault('iss-null', [134], 'iss null', otherIssuer, { claims: set({ iss: null }) }),
  fault('iss-missing', [134], 'no iss', otherIssuer, { claims: without('iss') }),
  fault(
    'iss-suffix',
    [134],
    'the issuer as the beginning of another host',
    otherIssuer,
    iss((i) => `${i}.example`),
  ),
  fault('iss-upper-case', [134], 'the host of the issuer in capitals', otherIssuer, iss(inCapitals)),
  fault('iss-array', [134], 'a list of issuers with the right one in it', otherIssuer, {
    claims: (c, { issuer }) => ({ ...c, iss: ['https://issuer.example', issuer] }),
  }),
  fault(
    'iss-trailing-slash',
    [135],
    'the issuer with a slash at its end',
    ACCEPTED,
    iss((i) => `${i}/`),
  ),
  fault(
    'iss-two-slashes',
    [135],
    'the issuer with two slashes at its end',
    otherIssuer,
    iss((i) => `${i}//`),
  ),
  fault('iss-authkit-domain', [136], 'an AuthKit domain as issuer', otherIssuer, {
    claims: set({ iss: 'https://local-example.authkit.app' }),
  }),
  fault('iss-other-form', [136], 'the other of the two forms of the WorkOS issuer', otherIssuer, {
    claims: (c, context) => ({ ...c, iss: otherForm(context) }),
  }),

  fault('client-id-other', [137], 'client_id of another client', otherClient, {
    claims: set({ client_id: OTHER_CLIENT }),
  }),
  fault('azp-other', [137], 'azp of another client, no client_id', otherClient, client({ azp: OTHER_CLIENT })),
  fault('azp-conflict', [138], 'the right client_id, azp of another client', otherClient, {
    claims: set({ azp: OTHER_CLIENT }),
  }),
  fault('client-id-missing', [139], 'no client at all', otherClient, client({})),
  fault('aud-other', [140], 'aud of another client, no client_id', otherClient, client({ aud: OTHER_CLIENT })),
  fault('aud-others', [140], 'aud of other clients, no client_id', otherClient, client({ aud: [OTHER_CLIENT, 'x'] })),
  fault('aud-object', [141], 'aud as an object, no client_id', otherClient, client({ aud: {} })),
  fault('aud-number', [141], 'aud as a number, no client_id', otherClient, client({ aud: 1 })),
];

/** Dates in seconds from now. */
function dates(offsets: Readonly<Record<string, number>>): Changes {
  return {
    claims: (claims, { now }) => ({
      ...claims,
      ...Object.fromEntries(Object.entries(offsets).map(([name, seconds]) => [name, now + seconds])),
    }),
  };
}

function iss(change: (issuer: string) => string): Changes {
  return { claims: (claims, { issuer }) => ({ ...claims, iss: change(issuer.replace(/\/$/, '')) }) };
}

function inCapitals(issuer: string): string {
  return issuer.replace(/^[^/]*\/\/[^/]*|^.*$/, (host) => host.toUpperCase());
}

/** `https://api.workos.com` in older environments, `…/user_management/{client}` in newer ones. */
function otherForm({ issuer, clientId }: FaultContext): string {
  const newer = `/user_management/${clientId}`;
  const base = issuer.replace(/\/$/, '');
  return base.endsWith(newer) ? base.slice(0, -newer.length) : base + newer;
}

function client(members: Members): Changes {
  return { claims: (claims) => ({ ...without('client_id', 'azp', 'aud')(claims), ...members }) };
}

function nestedToken(json: Buffer, context: FaultContext): Buffer {
  const input = `${encode('{"alg":"RS256"}')}.${encode(json)}`;
  return Buffer.from(`${input}.${encode(foreignSignature(Buffer.from(input), context))}`);
}

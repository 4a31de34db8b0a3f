import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { publicJwk } from '../../keys/signing-key.ts';
import {
  appended,
  bothEnds,
  decode,
  encode,
  prepended,
  set,
  text,
  withByteOrderMark,
  withInvalidUtf8,
  without,
} from './edits.ts';
import { ACCEPTED, refused } from './expected-verdict.ts';
import { type Fault, type FaultContext, fault, type Members, type SignedParts } from './fault.ts';
import { foreignPublicDer, foreignPublicJwk } from './foreign-keys.ts';
import { foreignSignature } from './signing.ts';

const noHeader = refused('header_invalid');
const badCritical = refused('header_invalid', 'critical');
const unknownExtension = refused('crit_not_supported');
const ownKey = refused('untrusted_key_header');
const otherType = refused('typ_not_allowed');
const twice = refused('duplicate_member');

export const HEADER_FAULTS: readonly Fault[] = [
  fault('crit-unknown', [71], 'crit with an unknown extension', unknownExtension, {
    header: set({ crit: ['urn:example:x'], 'urn:example:x': true }),
  }),
  fault('crit-empty', [72], 'crit []', badCritical, { header: set({ crit: [] }) }),
  fault('crit-string', [72], 'crit as a string', badCritical, { header: set({ crit: 'b64', b64: true }) }),
  fault('crit-null', [72], 'crit null', badCritical, { header: set({ crit: null }) }),
  fault('crit-absent-member', [73], 'crit with a name the header lacks', badCritical, {
    header: set({ crit: ['urn:example:x'] }),
  }),
  fault('crit-alg', [74], 'crit ["alg"]', unknownExtension, { header: set({ crit: ['alg'] }) }),
  fault('crit-repeated', [75], 'crit with one name twice', badCritical, {
    header: set({ crit: ['urn:example:x', 'urn:example:x'], 'urn:example:x': true }),
  }),
  fault('b64-true', [76], 'crit b64, b64 true', unknownExtension, { header: set({ crit: ['b64'], b64: true }) }),
  fault('b64-false', [77], 'crit b64, b64 false', unknownExtension, { header: set({ crit: ['b64'], b64: false }) }),
  fault('b64-raw-payload', [78], 'b64 false with the payload as it is', refused('malformed_token'), {
    header: set({ crit: ['b64'], b64: false }),
    signedParts: rawPayload,
  }),
  fault('b64-without-crit', [79], 'b64 false without crit', badCritical, { header: set({ b64: false }) }),

  fault('jwk-foreign', [80], 'signed by another key that stands in jwk', ownKey, {
    header: set({ jwk: foreignPublicJwk }),
    sign: foreignSignature,
  }),
  fault('jwk-foreign-no-kid', [81], 'the same without kid', ownKey, {
    header: (h) => ({ ...without('kid')(h), jwk: foreignPublicJwk }),
    sign: foreignSignature,
  }),
  fault('jwk-own', [82], 'the right key in jwk, the signature good', ownKey, {
    header: (h, { key }) => ({ ...h, jwk: publicJwk(key) }),
  }),
  fault('jku', [83], 'jku with a foreign key set', ownKey, { header: keyAt('jku'), sign: foreignSignature }),
  fault('x5u', [84], 'x5u with a foreign certificate', ownKey, {
    header: keyAt('x5u'),
    sign: foreignSignature,
  }),
  fault('x5c', [85], 'x5c', ownKey, { header: set({ x5c: [foreignPublicDer.toString('base64')] }) }),
  fault('x5t', [85], 'x5t', ownKey, { header: set({ x5t: fingerprint('sha1') }) }),
  fault('x5t-s256', [85], 'x5t#S256', ownKey, { header: set({ 'x5t#S256': fingerprint('sha256') }) }),

  fault('zip', [86], 'a compressed payload', refused('header_invalid', 'encryption'), {
    header: set({ zip: 'DEF' }),
    payloadBytes: (json) => deflateRawSync(json),
  }),
  fault('enc', [87], 'enc, which belongs to encryption', refused('header_invalid', 'encryption'), {
    header: set({ enc: 'A256GCM' }),
  }),

  // AuthKit and `mint` make tokens without typ, so that accepted form needs no row.
  fault('typ-jwt', [88], 'typ JWT', ACCEPTED, { header: set({ typ: 'JWT' }) }),
  fault('typ-jwt-lower', [88], 'typ jwt', ACCEPTED, { header: set({ typ: 'jwt' }) }),
  fault('typ-at-jwt', [88], 'typ at+jwt', ACCEPTED, { header: set({ typ: 'at+jwt' }) }),
  fault('typ-application-at-jwt', [88], 'typ application/at+jwt', ACCEPTED, {
    header: set({ typ: 'application/at+jwt' }),
  }),
  fault('typ-logout', [89], 'typ logout+jwt', otherType, { header: set({ typ: 'logout+jwt' }) }),
  fault('typ-secevent', [89], 'typ secevent+jwt', otherType, { header: set({ typ: 'secevent+jwt' }) }),
  fault('typ-dpop', [89], 'typ dpop+jwt', otherType, { header: set({ typ: 'dpop+jwt' }) }),
  fault('typ-id-token', [89], 'typ id_token', otherType, { header: set({ typ: 'id_token' }) }),
  fault('typ-number', [90], 'typ as a number', refused('header_invalid', 'type'), { header: set({ typ: 1 }) }),
  fault('typ-array', [90], 'typ as an array', refused('header_invalid', 'type'), { header: set({ typ: ['JWT'] }) }),

  fault('header-not-json', [101], 'a header that is not JSON', noHeader, { headerBytes: text('{"alg":') }),
  fault('header-array', [101], 'a header that is an array', noHeader, { headerBytes: text('["RS256"]') }),
  fault('header-null', [101], 'a header that is null', noHeader, { headerBytes: text('null') }),
  fault('header-string', [101], 'a header that is a string', noHeader, { headerBytes: text('"RS256"') }),
  fault('header-invalid-utf8', [102], 'a header that is not UTF-8', noHeader, { headerBytes: withInvalidUtf8 }),
  fault('header-byte-order-mark', [103], 'a header with a byte order mark', noHeader, {
    headerBytes: withByteOrderMark,
  }),
  fault('duplicate-alg-none-first', [104], 'alg none, and alg again', twice, {
    headerBytes: prepended('"alg":"none"'),
  }),
  fault('duplicate-alg-none-last', [105], 'alg, and alg none again', twice, { headerBytes: appended('"alg":"none"') }),
  fault('duplicate-kid', [106], 'kid twice', twice, { headerBytes: bothEnds('"kid":"other"') }),
  fault('header-proto', [107], 'a header member called __proto__', ACCEPTED, {
    headerBytes: prepended('"__proto__":{"alg":"none"}'),
  }),
  fault('header-nested-2000', [108], 'an unknown header member nested 2000 deep', ACCEPTED, {
    headerBytes: appended(`"deep":${nested(2000)}`),
  }),
  fault('header-nested-12000', [108], 'an unknown header member nested 12,000 deep', refused('token_too_large'), {
    headerBytes: appended(`"deep":${nested(12_000)}`),
  }),
];

/** Unencoded payload (RFC 7797 section 5.2); dots are escaped, or there would be more than three parts. */
function rawPayload({ header, payload }: SignedParts): SignedParts {
  return { header, payload: decode(payload).toString().replaceAll('.', '\\u002e') };
}

function keyAt(name: 'jku' | 'x5u'): (header: Members, context: FaultContext) => Members {
  return (header, { foreignUrl }) => ({ ...header, [name]: foreignUrl });
}

function fingerprint(hash: 'sha1' | 'sha256'): string {
  return encode(createHash(hash).update(foreignPublicDer).digest());
}

function nested(depth: number): string {
  return '['.repeat(depth) + ']'.repeat(depth);
}

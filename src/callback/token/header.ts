/** Checks of the JOSE header (RFC 7515 section 4, RFC 8725). */
import { refusal } from '../../errors/api-error.ts';
import type { CheckFinding } from './examination.ts';
import { type JsonObject, jsonType, member } from './json-object.ts';

/** Header members for encryption; on a signed token they are an error or an attack. */
const FOREIGN_MEMBERS = ['zip', 'enc'];
const KEY_MEMBERS = ['jwk', 'jku', 'x5u', 'x5c', 'x5t', 'x5t#S256'];
/** The `typ` of an access token is `JWT`, `at+jwt` (RFC 9068) or absent; other values are for other purposes. */
const ACCESS_TOKEN_TYPES = ['jwt', 'at+jwt', 'application/at+jwt', 'application/jwt'];
const MAX_KEY_ID_LENGTH = 255;

/** @throws ApiError header_invalid, alg_not_allowed */
export function checkAlgorithm(header: JsonObject): CheckFinding {
  const alg = member(header, 'alg');
  const expected = 'RS256';
  if (typeof alg !== 'string' || alg === '')
    throw refusal('header_invalid', { expected: 'alg: a string', received: jsonType(alg) });
  if (alg !== 'RS256') throw refusal('alg_not_allowed', { expected, received: alg });
  const foreign = FOREIGN_MEMBERS.find((name) => Object.hasOwn(header, name));
  if (foreign !== undefined) throw refusal('header_invalid', { expected: 'no encryption members', received: foreign });
  return { expected, received: alg };
}

/**
 * This verifier supports no extension, so it refuses every well-formed `crit` (RFC 7515 section 4.1.11), and also `b64`,
 * which must be named in `crit` (RFC 7797 section 6).
 * @throws ApiError header_invalid, crit_not_supported
 */
export function checkCritical(header: JsonObject): CheckFinding {
  const crit = member(header, 'crit');
  if (crit !== undefined) {
    if (!Array.isArray(crit) || crit.length === 0 || !crit.every((name) => typeof name === 'string')) {
      throw refusal('header_invalid', { expected: 'crit: a list of names', received: jsonType(crit) });
    }
    const absent = crit.find((name: string) => !Object.hasOwn(header, name));
    if (absent !== undefined)
      throw refusal('header_invalid', { expected: 'crit names members of the header', received: absent });
    if (new Set(crit).size !== crit.length)
      throw refusal('header_invalid', { expected: 'crit names each member once', received: 'a repeated name' });
    throw refusal('crit_not_supported', { expected: 'no critical extension', received: crit.join(', ') });
  }
  if (Object.hasOwn(header, 'b64'))
    throw refusal('header_invalid', { expected: 'no b64 without crit', received: 'b64' });
  return { expected: 'no critical extension', received: 'none' };
}

/** @throws ApiError untrusted_key_header: a key or its URL in a token is never used (RFC 8725 section 3.10) */
export function checkKeyHeaders(header: JsonObject): CheckFinding {
  const named = KEY_MEMBERS.find((name) => Object.hasOwn(header, name));
  if (named !== undefined) throw refusal('untrusted_key_header', { expected: 'no key in the header', received: named });
  return { expected: 'no key in the header', received: 'none' };
}

/** @throws ApiError header_invalid, typ_not_allowed (RFC 8725 section 3.11) */
export function checkType(header: JsonObject): CheckFinding {
  const typ = member(header, 'typ');
  const expected = 'JWT, at+jwt or absent';
  if (typ === undefined) return { expected, received: 'absent' };
  if (typeof typ !== 'string') throw refusal('header_invalid', { expected: 'typ: a string', received: jsonType(typ) });
  if (!ACCESS_TOKEN_TYPES.includes(typ.toLowerCase()))
    throw refusal('typ_not_allowed', { expected, received: typ || 'an empty string' });
  return { expected, received: typ };
}

/** An absent `kid` is judged by the look-up of the key: it passes if exactly one key fits. @throws ApiError kid_invalid */
export function checkKeyId(header: JsonObject): CheckFinding {
  const kid = member(header, 'kid');
  const expected = `1 to ${MAX_KEY_ID_LENGTH} characters`;
  if (kid === undefined) return { expected, received: 'absent' };
  if (typeof kid !== 'string') throw refusal('kid_invalid', { expected, received: jsonType(kid) });
  if (kid === '' || kid.length > MAX_KEY_ID_LENGTH)
    throw refusal('kid_invalid', { expected, received: `${kid.length} characters` });
  return { expected, received: kid };
}

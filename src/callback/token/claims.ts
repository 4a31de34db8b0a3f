/** Checks of the claims (RFC 7519 section 4, contract §1 steps 1 and 2). */
import { refusal } from '../../errors/api-error.ts';
import { hasInvisible } from '../../machine/values/characters.ts';
import { isoDate, LAST_SECOND } from '../../machine/values/time.ts';
import type { CheckFinding, VerifierSettings } from './examination.ts';
import { type JsonObject, jsonType, member } from './json-object.ts';

/** `iat` may be up to a minute in the future, because clocks differ. */
const ISSUED_AT_LEEWAY = 60;
const MAX_ID_LENGTH = 255;

/** Characters that would change the path of `/user_management/users/{sub}`. */
const PATH_SYNTAX = /[/\\?#%\s]/;

/** The claims that are compared with the time, before they are checked. */
export interface Lifetime {
  readonly exp: unknown;
  readonly nbf: unknown;
  readonly iat: unknown;
}

export function lifetimeOf(payload: JsonObject): Lifetime {
  return { exp: member(payload, 'exp'), nbf: member(payload, 'nbf'), iat: member(payload, 'iat') };
}

/** @param now seconds since 1970. @throws ApiError bad_exp, expired, not_yet_valid, issued_in_future, bad_numeric_date */
export function checkLifetime(
  lifetime: Lifetime,
  now: number,
  { clockTolerance: tolerance }: Pick<VerifierSettings, 'clockTolerance'>,
): CheckFinding {
  const { exp } = lifetime;
  if (typeof exp !== 'number')
    throw refusal('bad_exp', { expected: 'exp: seconds since 1970', received: jsonType(exp) });
  refuseSenselessDate('exp', exp);
  if (exp <= now - tolerance)
    throw refusal('expired', { expected: `exp after ${isoDate(now)}`, received: isoDate(exp) });

  const nbf = numericDate('nbf', lifetime.nbf);
  if (nbf > now + tolerance) {
    throw refusal('not_yet_valid', { expected: `nbf up to ${isoDate(now)}`, received: isoDate(nbf) });
  }
  const iat = numericDate('iat', lifetime.iat);
  if (exp <= iat) {
    throw refusal('bad_numeric_date', {
      expected: 'exp after iat',
      received: `exp ${isoDate(exp)}, iat ${isoDate(iat)}`,
    });
  }
  if (iat > now + ISSUED_AT_LEEWAY) {
    throw refusal('issued_in_future', {
      expected: `iat up to ${isoDate(now + ISSUED_AT_LEEWAY)}`,
      received: isoDate(iat),
    });
  }
  return { expected: `exp after ${isoDate(now)}`, received: isoDate(exp) };
}

/** An absent date counts as earlier than any other, so that its check passes. */
function numericDate(name: 'nbf' | 'iat', value: unknown): number {
  if (value === undefined) return Number.NEGATIVE_INFINITY;
  if (typeof value !== 'number')
    throw refusal('bad_numeric_date', { expected: `${name}: seconds since 1970`, received: jsonType(value) });
  refuseSenselessDate(name, value);
  return value;
}

function refuseSenselessDate(name: string, seconds: number): void {
  if (!Number.isFinite(seconds) || Math.abs(seconds) > LAST_SECOND) {
    throw refusal('bad_numeric_date', { expected: `${name}: seconds since 1970`, received: String(seconds) });
  }
}

/** An issuer without its optional trailing slash. Issuers are compared and stored in this form. */
export function normalizeIssuer(issuer: string): string {
  return issuer.endsWith('/') ? issuer.slice(0, -1) : issuer;
}

/** @throws ApiError issuer_mismatch */
export function checkIssuer(payload: JsonObject, issuer: string): CheckFinding {
  const iss = member(payload, 'iss');
  if (typeof iss !== 'string') throw refusal('issuer_mismatch', { expected: issuer, received: jsonType(iss) });
  if (normalizeIssuer(iss) !== normalizeIssuer(issuer))
    throw refusal('issuer_mismatch', { expected: issuer, received: iss || 'an empty string' });
  return { expected: issuer, received: iss };
}

/** `client_id` and `azp` must both match if they are present, so they cannot contradict each other. @throws ApiError client_id_mismatch */
export function checkClient(payload: JsonObject, { clientId, clientIdClaim }: VerifierSettings): CheckFinding {
  let seen: string | undefined;
  for (const name of ['client_id', 'azp']) {
    const value = member(payload, name) ?? undefined; // null counts as absent
    if (value === undefined) continue;
    if (value !== clientId)
      throw refusal('client_id_mismatch', {
        expected: clientId,
        received: `${name} ${typeof value === 'string' ? value : jsonType(value)}`,
      });
    seen ??= `${name} ${value}`;
  }
  if (seen !== undefined) return { expected: clientId, received: seen };
  if (clientIdClaim === 'required')
    throw refusal('client_id_mismatch', { expected: clientId, received: 'neither client_id nor azp' });

  const aud = member(payload, 'aud');
  if (aud === undefined) return { expected: `${clientId}, or no client at all`, received: 'none' };
  if (aud !== clientId && !(Array.isArray(aud) && aud.includes(clientId))) {
    throw refusal('client_id_mismatch', {
      expected: clientId,
      received: `aud ${typeof aud === 'string' ? aud : jsonType(aud)}`,
    });
  }
  return { expected: clientId, received: `aud ${clientId}` };
}

/** @throws ApiError missing_sub, bad_sub */
export function checkSubject(payload: JsonObject): CheckFinding {
  const sub = member(payload, 'sub');
  const expected = 'a WorkOS user id';
  if (sub === undefined || sub === '')
    throw refusal('missing_sub', { expected, received: sub === '' ? 'an empty string' : 'nothing' });
  if (typeof sub !== 'string') throw refusal('bad_sub', { expected, received: jsonType(sub) });
  if (sub.length > MAX_ID_LENGTH)
    throw refusal('bad_sub', { expected: `at most ${MAX_ID_LENGTH} characters`, received: `${sub.length} characters` });
  // `encodeURIComponent('..')` is `..`, so the request for the user would go to another path.
  if (hasInvisible(sub) || PATH_SYNTAX.test(sub) || /^\.+$/.test(sub))
    throw refusal('bad_sub', { expected, received: sub });
  return { expected, received: sub };
}

export interface SessionFinding extends CheckFinding {
  readonly tokenId: string | null;
  readonly sessionId: string | null;
}

/** `jti` and `sid`; blank means absent. @throws ApiError bad_token_id, bad_session_id, no_session_or_token_id */
export function checkSessionAndTokenId(payload: JsonObject): SessionFinding {
  const tokenId = visibleId(payload, 'jti', 'bad_token_id');
  const sessionId = visibleId(payload, 'sid', 'bad_session_id');
  const expected = 'a jti or a sid';
  if (tokenId === null && sessionId === null)
    throw refusal('no_session_or_token_id', { expected, received: 'neither, or blank' });
  const received = [tokenId === null ? [] : `jti ${tokenId}`, sessionId === null ? [] : `sid ${sessionId}`]
    .flat()
    .join(', ');
  return { expected, received, tokenId, sessionId };
}

/** Ids are compared exactly: they are not normalised or trimmed, and case matters. */
function visibleId(payload: JsonObject, name: 'jti' | 'sid', reason: 'bad_token_id' | 'bad_session_id'): string | null {
  const value = member(payload, name);
  if (value === undefined || value === null) return null;
  const expected = `${name}: 1 to ${MAX_ID_LENGTH} visible characters`;
  if (typeof value !== 'string') throw refusal(reason, { expected, received: jsonType(value) });
  if (value.trim() === '') return null;
  if (value.length > MAX_ID_LENGTH) throw refusal(reason, { expected, received: `${value.length} characters` });
  if (hasInvisible(value)) throw refusal(reason, { expected, received: value });
  return value;
}

/** Whether a claim can be stored and shown: a string that is not blank, not too long, and has only visible characters. */
export function isVisibleId(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '' && value.length <= MAX_ID_LENGTH && !hasInvisible(value);
}

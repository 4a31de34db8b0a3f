/** Checks of the claims (RFC 7519 section 4, contract §1 steps 1 and 2). */
import { refusal } from '../errors.ts';
import type { Finding, VerifierSettings } from './examination.ts';
import { type JsonObject, jsonType, member } from './json-object.ts';

/** 9999-12-31T23:59:59Z in seconds; anything later is milliseconds or nonsense. */
const LAST_SECOND = 253_402_300_799;
/** How far in the future `iat` may lie: clocks differ, and no token is refused for a minute. */
const ISSUED_AT_LEEWAY = 60;
const MAX_ID_LENGTH = 255;

/** Control and format characters (U+200B, bidi marks…), fillers and lone surrogates: nothing that a person or a log could see. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{DI}]/u;
/** What would change the path of `/user_management/users/{sub}`. */
const PATH_SYNTAX = /[/\\?#%\s]/;

/** The claims that a time is compared with, unjudged. */
export interface Lifetime {
  readonly exp: unknown;
  readonly nbf: unknown;
  readonly iat: unknown;
}

export function lifetimeOf(payload: JsonObject): Lifetime {
  return { exp: member(payload, 'exp'), nbf: member(payload, 'nbf'), iat: member(payload, 'iat') };
}

/** `now` and `tolerance` in seconds. @throws ApiError bad_exp, expired, not_yet_valid, issued_in_future, bad_numeric_date */
export function checkLifetime(lifetime: Lifetime, now: number, tolerance: number): Finding {
  const { exp } = lifetime;
  if (typeof exp !== 'number')
    throw refusal('bad_exp', { expected: 'exp: seconds since 1970', received: jsonType(exp) });
  refuseSenselessDate('exp', exp);
  if (exp <= now - tolerance)
    throw refusal('expired', { expected: `exp after ${instant(now)}`, received: instant(exp) });

  const nbf = numericDate('nbf', lifetime.nbf);
  if (nbf > now + tolerance) {
    throw refusal('not_yet_valid', { expected: `nbf up to ${instant(now)}`, received: instant(nbf) });
  }
  const iat = numericDate('iat', lifetime.iat);
  if (exp <= iat) {
    throw refusal('bad_numeric_date', {
      expected: 'exp after iat',
      received: `exp ${instant(exp)}, iat ${instant(iat)}`,
    });
  }
  if (iat > now + ISSUED_AT_LEEWAY) {
    throw refusal('issued_in_future', {
      expected: `iat up to ${instant(now + ISSUED_AT_LEEWAY)}`,
      received: instant(iat),
    });
  }
  return { expected: `exp after ${instant(now)}`, received: instant(exp) };
}

/** An absent date lies before every other: nothing is too early for it. */
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

/** Seconds since 1970 as ISO 8601, for messages. */
function instant(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

/** An issuer without its one optional trailing slash, the form in which issuers are compared and kept. */
export function normalizeIssuer(issuer: string): string {
  return issuer.endsWith('/') ? issuer.slice(0, -1) : issuer;
}

/** @throws ApiError issuer_mismatch */
export function checkIssuer(payload: JsonObject, issuer: string): Finding {
  const iss = member(payload, 'iss');
  if (typeof iss !== 'string') throw refusal('issuer_mismatch', { expected: issuer, received: jsonType(iss) });
  if (normalizeIssuer(iss) !== normalizeIssuer(issuer))
    throw refusal('issuer_mismatch', { expected: issuer, received: iss || 'an empty string' });
  return { expected: issuer, received: iss };
}

/** Both `client_id` and `azp` must fit where they are present, so that neither can contradict the other. @throws ApiError client_id_mismatch */
export function checkClient(payload: JsonObject, { clientId, clientIdClaim }: VerifierSettings): Finding {
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
export function checkSubject(payload: JsonObject): Finding {
  const sub = member(payload, 'sub');
  const expected = 'a WorkOS user id';
  if (sub === undefined || sub === '')
    throw refusal('missing_sub', { expected, received: sub === '' ? 'an empty string' : 'nothing' });
  if (typeof sub !== 'string') throw refusal('bad_sub', { expected, received: jsonType(sub) });
  if (sub.length > MAX_ID_LENGTH)
    throw refusal('bad_sub', { expected: `at most ${MAX_ID_LENGTH} characters`, received: `${sub.length} characters` });
  // `encodeURIComponent('..')` stays `..`, so the user would be asked for at another path.
  if (INVISIBLE.test(sub) || PATH_SYNTAX.test(sub) || /^\.+$/.test(sub))
    throw refusal('bad_sub', { expected, received: sub });
  return { expected, received: sub };
}

export interface SessionFinding extends Finding {
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

/** Ids are compared as they are: no normalisation, no trimming, case counts. */
function visibleId(payload: JsonObject, name: 'jti' | 'sid', reason: 'bad_token_id' | 'bad_session_id'): string | null {
  const value = member(payload, name);
  if (value === undefined || value === null) return null;
  const expected = `${name}: 1 to ${MAX_ID_LENGTH} visible characters`;
  if (typeof value !== 'string') throw refusal(reason, { expected, received: jsonType(value) });
  if (value.trim() === '') return null;
  if (value.length > MAX_ID_LENGTH) throw refusal(reason, { expected, received: `${value.length} characters` });
  if (INVISIBLE.test(value)) throw refusal(reason, { expected, received: value });
  return value;
}

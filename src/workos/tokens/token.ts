/** Makes an access token like those of AuthKit, in fixed stages from claims to string. */
import { Buffer } from 'node:buffer';
import { sign } from 'node:crypto';
import { Failure } from '../../errors/failure.ts';
import { isTooDeep, TOO_DEEP } from '../../errors/nesting.ts';
import type { RandomSource } from '../../machine/random.ts';
import type { Keyring } from '../keys/keyring.ts';
import { encode } from './faults/edits.ts';
import { ACCEPTED, type ExpectedVerdict, firstRefusal, NO_KEYS, refused } from './faults/expected-verdict.ts';
import type { Fault, FaultContext, Members, Stages, StageValue } from './faults/fault.ts';

/** Lifetime of an AuthKit access token, in seconds. */
const LIFETIME = 300;
/** `iat` may be up to so many seconds in the future (docs/rejections.md, issued_in_future). */
const ISSUED_AT_LEEWAY = 60;

export interface TokenOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly sub: string;
  /** If absent, a new one is made; if null, the token has none; any other value is used unchanged, even a blank one. */
  readonly sid?: string | null;
  readonly jti?: string | null;
  /** Seconds since 1970; now by default. */
  readonly issuedAt?: number;
  /** Seconds after `iat`; five minutes by default. */
  readonly expiresIn?: number;
  /** Seconds since 1970; no `nbf` by default. */
  readonly notBefore?: number;
  /** More claims; they replace those of the same name. */
  readonly claims?: Members;
  readonly profile?: Profile;
  /** The newest published key by default; a retired key may be named. */
  readonly kid?: string;
  /** The URL for `jku` and `x5u`; by default its host does not exist (RFC 2606). */
  readonly foreignUrl?: string;
}

/** A kind of token that WorkOS issues (`profiles.ts`). */
export interface Profile {
  /** @param expected by the server */
  issuer(expected: string, clientId: string): string;
  /** Seconds. */
  readonly lifetime?: number;
  /** The beginning of its session ids. */
  readonly session?: string;
  /** Claims besides the usual ones, or instead of them; undefined takes one away. @param now seconds since 1970 */
  claims(now: number, clientId: string): Members;
}

export interface MintDependencies {
  readonly keyring: Pick<Keyring, 'jwks' | 'signingKey'>;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly random: Pick<RandomSource, 'ulid'>;
}

export interface MintedToken {
  readonly token: string;
  /** The claims before they became text; a later fault may have made them unreadable. */
  readonly header: Members;
  readonly claims: Members;
  /** The key of the record of a callback with this token, or null if the token is refused. */
  readonly idempotencyKey: string | null;
  /**
   * The answer of a server with the given issuer and client, default settings and this key set. If several faults change
   * the same part, the last one wins, and this is only the best guess.
   */
  readonly expected: Pick<ExpectedVerdict, 'status' | 'reason'>;
}

/** @param faults applied in this order. @throws Failure not_found for the kid */
export function makeToken(
  options: TokenOptions,
  faults: readonly Fault[],
  { keyring, now, random }: MintDependencies,
): MintedToken {
  const key = keyring.signingKey(options.kid);
  const context: FaultContext = {
    key,
    published: keyring.jwks(),
    issuer: options.issuer,
    clientId: options.clientId,
    now: Math.floor(now / 1000),
    sessionId: `${options.profile?.session ?? 'session'}_${random.ulid(now)}`,
    foreignUrl: options.foreignUrl ?? 'https://keys.example/jwks.json',
  };

  const stages: readonly Stages[] = faults;
  const through = <Stage extends keyof StageValue>(stage: Stage, value: StageValue[Stage]): StageValue[Stage] =>
    stages.reduce((current, fault) => fault[stage]?.(current, context) ?? current, value);

  const claims = through('claims', claimsOf(options, context, random.ulid(now)));
  const header = through('header', { alg: 'RS256', kid: key.kid });
  const signed = through('signedParts', {
    header: encode(through('headerBytes', json(header))),
    payload: encode(through('payloadBytes', json(claims))),
  });
  const signer = faults.findLast((fault) => fault.sign)?.sign ?? rs256;
  const signature = through('signature', signer(Buffer.from(`${signed.header}.${signed.payload}`), context));
  const parts = through('parts', { ...signed, signature: encode(signature) });
  const token = through('token', `${parts.header}.${parts.payload}.${parts.signature}`);

  const { status, reason } = firstRefusal([
    expectationOf(claims, context),
    ...faults.map(({ expected }) => (typeof expected === 'function' ? expected(context) : expected)),
  ]);
  return {
    token,
    header,
    claims,
    idempotencyKey: status === 200 ? idempotencyKey(claims) : null,
    expected: { status, reason },
  };
}

function rs256(input: Buffer, { key }: FaultContext): Buffer {
  return sign('sha256', input, key.privateKey);
}

/** @throws Failure invalid_argument for a value that contains itself, or goes too deep */
function json(members: Members): Buffer {
  if (isTooDeep(members)) throw new Failure('invalid_argument', `a token with ${TOO_DEEP} cannot be made`);
  return Buffer.from(JSON.stringify(members));
}

/** The claims of an AuthKit access token outside an organization, unless a profile has others. */
function claimsOf(options: TokenOptions, { issuer, clientId, now, sessionId }: FaultContext, tokenId: string): Members {
  const { profile } = options;
  const { sub, sid = sessionId, jti = tokenId, issuedAt = now, notBefore } = options;
  const { expiresIn = profile?.lifetime ?? LIFETIME } = options;
  const usual: Members = {
    iss: profile?.issuer(issuer, clientId) ?? issuer,
    sub,
    ...(sid === null ? {} : { sid }),
    ...(jti === null ? {} : { jti }),
    client_id: clientId,
    exp: issuedAt + expiresIn,
    ...(notBefore === undefined ? {} : { nbf: notBefore }),
    iat: issuedAt,
  };
  const ids = { ...(typeof options.sid === 'string' && { sid }), ...(typeof options.jti === 'string' && { jti }) };
  const claims = { ...usual, ...profile?.claims(issuedAt, clientId), ...ids, ...options.claims };
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
}

/** Faults that follow from the options: a retired key, a token that has expired or is not valid yet, a token without ids. */
function expectationOf(claims: Members, { key, published, now, issuer, clientId }: FaultContext): ExpectedVerdict {
  const { exp, nbf, iat } = claims;
  if (published.keys.length === 0) return NO_KEYS;
  if (!published.keys.some(({ kid }) => kid === key.kid)) return refused('kid_unknown');
  if (typeof exp === 'number' && exp <= now) return refused('expired');
  if (typeof nbf === 'number' && nbf > now) return refused('not_yet_valid');
  if (typeof exp === 'number' && typeof iat === 'number' && exp <= iat) return refused('bad_numeric_date', 'issued at');
  if (typeof iat === 'number' && iat > now + ISSUED_AT_LEEWAY) return refused('issued_in_future');
  if (typeof claims.iss === 'string' && bare(claims.iss) !== bare(issuer)) return refused('issuer_mismatch');
  const clients = [claims.client_id ?? undefined, claims.azp ?? undefined].filter((client) => client !== undefined);
  if (clients.length === 0 || clients.some((client) => client !== clientId)) return refused('client_id_mismatch');
  if (isBlank(claims.jti) && isBlank(claims.sid)) return refused('no_session_or_token_id');
  return ACCEPTED;
}

/** Without one slash at its end, which is not compared. */
function bare(issuer: string): string {
  return issuer.replace(/\/$/, '');
}

/** Contract §1 step 4. */
export function idempotencyKey({ jti, sid }: Members): string | null {
  if (!isBlank(jti)) return `workos-jti:${jti}`;
  return isBlank(sid) ? null : `workos-session:${sid}`;
}

function isBlank(id: unknown): boolean {
  return id === undefined || id === null || (typeof id === 'string' && id.trim() === '');
}

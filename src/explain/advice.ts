/** What to do about a refused token: what can be said of this very token first, the remedy of the reason last. */
import { REASONS, type Reason } from '../errors.ts';
import { type JsonObject, member } from '../identity/json-object.ts';
import type { Verifier } from '../identity/verify.ts';
import { whatWouldChange } from './change.ts';
import { instant, span } from './time-words.ts';

export interface KnownKey {
  readonly kid: string;
  /** ISO 8601, or null while it is published. */
  readonly retiredAt: string | null;
}

export interface RefusedToken {
  readonly token: string;
  readonly reason: Reason;
  readonly claims: JsonObject | null;
  readonly header: JsonObject | null;
  readonly verifier: Verifier;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly knownKeys: () => readonly KnownKey[];
}

export async function advise(refused: RefusedToken): Promise<string[]> {
  const particular = PARTICULARS[refused.reason]?.(refused) ?? [];
  return [...particular, ...(await whatWouldChange(refused)), REASONS[refused.reason].remedy];
}

const PARTICULARS: Partial<Record<Reason, (refused: RefusedToken) => string[]>> = {
  malformed_token: ({ token }) => {
    const habit = MANGLED.find(([pattern]) => pattern.test(token));
    return habit === undefined ? [] : [habit[1]];
  },
  encrypted_token: ({ header }) =>
    header === null ? [] : ['It is a JWE: only whoever has its key can read it, and this server is not meant to.'],
  kid_unknown: ({ header, knownKeys }) => {
    const kid = member(header ?? {}, 'kid');
    const retired = knownKeys().find((key) => key.kid === kid && key.retiredAt !== null);
    if (retired)
      return [`This key left the JWKS: it was retired at ${retired.retiredAt}. Sign in again for a new token.`];
    const kids = knownKeys().filter(({ retiredAt }) => retiredAt === null);
    if (kids.length === 0) return [];
    const shown = kids.slice(0, 5).map((key) => key.kid);
    return [`The key set has: ${shown.join(', ')}${kids.length > shown.length ? ', …' : ''}`];
  },
  expired: ({ claims, now }) => {
    const exp = numberIn(claims, 'exp');
    return exp === undefined
      ? []
      : [`It was valid until ${instant(exp)}, ${span(now / 1000 - exp)} before the time of this check.`];
  },
  not_yet_valid: ({ claims, now }) => {
    const nbf = numberIn(claims, 'nbf');
    return nbf === undefined ? [] : [`It will be valid from ${instant(nbf)}, in ${span(nbf - now / 1000)}.`];
  },
  issued_in_future: ({ claims, now }) => {
    const iat = numberIn(claims, 'iat');
    return iat === undefined
      ? []
      : [`The clock of its issuer is ${span(iat - now / 1000)} ahead of the time of this check.`];
  },
  bad_numeric_date: ({ claims }) => {
    const late = ['exp', 'nbf', 'iat'].find((name) => (numberIn(claims, name) ?? 0) > LAST_SECOND);
    const seconds = Math.floor((numberIn(claims, late ?? '') ?? Number.NaN) / 1000);
    return seconds <= LAST_SECOND ? [`${late} reads like milliseconds; in seconds it is ${instant(seconds)}.`] : [];
  },
  issuer_mismatch: ({ claims, verifier }) => [issuerForms(member(claims ?? {}, 'iss'), verifier.settings.issuer)],
  client_id_mismatch: ({ claims, verifier }) => {
    const [client, party] = ['client_id', 'azp'].map((name) => member(claims ?? {}, name) ?? undefined);
    if (client !== undefined && party !== undefined && client !== party)
      return ['client_id and azp name two clients; both must be the configured one.'];
    const named = client ?? party ?? member(claims ?? {}, 'aud');
    if (named === undefined) return ['The token names no client. Session tokens of AuthKit have been seen like that.'];
    return verifier.settings.clientIdClaim === 'required' && client === undefined && party === undefined
      ? ['The token names its client in aud alone, which is looked at with --client-id-claim optional only.']
      : [];
  },
  no_session_or_token_id: ({ claims }) => {
    const blank = ['jti', 'sid'].filter((name) => typeof member(claims ?? {}, name) === 'string');
    if (blank.length === 0) return [];
    return [`${blank.join(' and ')} ${blank.length === 1 ? 'is' : 'are'} there but blank, which counts as absent.`];
  },
};

/** 9999-12-31T23:59:59Z. */
const LAST_SECOND = 253_402_300_799;

/** What happens to tokens on their way, most telling first. */
const MANGLED: readonly (readonly [RegExp, string])[] = [
  [/^\ufeff/, 'It begins with a byte order mark: save the file as UTF-8 without one.'],
  [/^\ufffd|\0/, 'It is not UTF-8 text: a file that PowerShell wrote with > is UTF-16; write it as ASCII.'],
  [/^(null|undefined|Bearer null|Bearer undefined)$/, 'Whoever sent it had no token, and sent the word for that.'],
  [/^ap_pk_/, 'It is an API key, not an access token of WorkOS; keys work on /v1/whoami and /v1/usage-policy.'],
  [/^\s*\{/, 'It is JSON: send the token that stands in it.'],
  [/^["']|["']$/, 'It stands in quotes: send it without them.'],
  [/%[0-9A-Fa-f]{2}/, 'It is URL-encoded: decode it first.'],
  [/,/, 'It has a comma: a proxy may have joined two Authorization headers.'],
  [/\s/u, 'It has white space in it, as copying from a wrapped line leaves behind.'],
  [/=/, 'It is padded with =, which tokens are not.'],
  [/[+/]/, 'It is in the standard base64 alphabet; tokens have - and _ in place of + and /.'],
  [/\.$/, 'Its signature is empty: it was cut off, or never signed.'],
];

/** An issuer of the newer form has stopped a whole production before: that both forms exist is what people do not know. */
function issuerForms(received: unknown, expected: string): string {
  if (typeof received !== 'string') return 'The token has no issuer in text form.';
  if (received.replace(/\/+$/, '') === expected.replace(/\/+$/, ''))
    return 'The two differ by slashes at the end only; one is ignored, more are not.';
  if (received.toLowerCase() === expected.toLowerCase()) return 'The two differ in capital letters only.';
  const newer = /^https:\/\/[^/]+\/user_management\/client_[A-Za-z0-9]+\/?$/;
  if (newer.test(received) && newer.test(expected)) return 'Both have the newer form of the issuer, with two clients.';
  if (newer.test(received))
    return 'The token has the newer form of the issuer, with the client in it; the server expects the older one.';
  if (newer.test(expected))
    return 'The server expects the newer form of the issuer, with the client in it; the token has another.';
  return 'The token comes from another environment, or from a custom AuthKit domain.';
}

function numberIn(claims: JsonObject | null, name: string): number | undefined {
  const value = member(claims ?? {}, name);
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

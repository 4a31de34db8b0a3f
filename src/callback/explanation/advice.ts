/** Advice about a refused token: first about this particular token, last the remedy of the reason. */
import { REASONS, type Reason } from '../../errors/reasons.ts';
import { isoDate, LAST_SECOND, span } from '../../machine/values/time.ts';
import { type JsonObject, member } from '../token/json-object.ts';
import { IN_THE_JWKS } from '../token/keys.ts';
import { whatWouldChange } from './change.ts';
import { otherToken } from './other-token.ts';
import type { RefusedToken } from './refused-token.ts';

export async function advise(refused: RefusedToken): Promise<string[]> {
  const other = otherToken(refused);
  if (other !== undefined) return [other];
  const particular = PARTICULARS[refused.reason]?.(refused) ?? [];
  return [...particular, ...(await whatWouldChange(refused)), remedyFor(refused)];
}

/** The remedy of the reason, unless the reader would see that it does not fit. */
function remedyFor({ reason, received }: RefusedToken): string {
  return reason === 'kid_unknown' && received?.includes(IN_THE_JWKS)
    ? 'Publish the key for verifying RS256: with `use` sig or none, `alg` RS256 or none, and verify among its `key_ops`; or sign with a key that is.'
    : REASONS[reason].remedy;
}

const PARTICULARS: Partial<Record<Reason, (refused: RefusedToken) => string[]>> = {
  malformed_token: ({ token }) => {
    const habit = MANGLED.find(([pattern]) => pattern.test(token));
    return habit === undefined ? [] : [habit[1]];
  },
  encrypted_token: ({ header }) => {
    if (header === null) return [];
    return [
      member(header, 'alg') === 'dir' && member(header, 'iss') === undefined
        ? 'It is an encrypted token (JWE) under a shared key, as the session cookies of web frameworks are: send the access token in it.'
        : 'It is an encrypted token (JWE), which only the owner of its key can read; this server takes signed tokens.',
    ];
  },
  kid_unknown: ({ header, knownKeys, received }) => {
    if (received?.includes(IN_THE_JWKS)) return [`The key is there, and not for access tokens: ${received}.`];
    const kid = member(header, 'kid');
    const retired = knownKeys().find((key) => key.kid === kid && key.retiredAt !== null);
    if (retired)
      return [`This key left the JWKS: it was retired at ${retired.retiredAt}. Sign in again for a new token.`];
    const kids = knownKeys().filter(({ retiredAt }) => retiredAt === null);
    if (kids.length === 0) return [];
    const shown = kids.slice(0, 5).map((key) => key.kid);
    return [`Keys in the key set: ${shown.join(', ')}${kids.length > shown.length ? ', …' : ''}`];
  },
  expired: ({ claims, now }) => {
    const exp = numberIn(claims, 'exp');
    return exp === undefined
      ? []
      : [`It was valid until ${isoDate(exp)}, ${span(now / 1000 - exp)} before the time of this check.`];
  },
  not_yet_valid: ({ claims, now }) => {
    const nbf = numberIn(claims, 'nbf');
    return nbf === undefined ? [] : [`It becomes valid at ${isoDate(nbf)}, in ${span(nbf - now / 1000)}.`];
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
    return seconds <= LAST_SECOND
      ? [`${late} looks like milliseconds; read as milliseconds, it is ${isoDate(seconds)}.`]
      : [];
  },
  issuer_mismatch: ({ claims, verifier }) => [issuerForms(member(claims, 'iss'), verifier.settings.issuer)],
  client_id_mismatch: ({ claims, verifier }) => {
    const [client, party] = ['client_id', 'azp'].map((name) => member(claims, name) ?? undefined);
    if (client !== undefined && party !== undefined && client !== party)
      return ['client_id and azp name different clients; both must be the configured one.'];
    const named = client ?? party ?? member(claims, 'aud');
    if (named === undefined) return ['The token names no client. Some session tokens of AuthKit do not.'];
    return verifier.settings.clientIdClaim === 'required' && client === undefined && party === undefined
      ? ['The token names its client only in aud, which is checked only with --client-id-claim optional.']
      : [];
  },
  no_session_or_token_id: ({ claims }) => {
    const blank = ['jti', 'sid'].filter((name) => typeof member(claims, name) === 'string');
    if (blank.length === 0) return [];
    return [`${blank.join(' and ')} ${blank.length === 1 ? 'is' : 'are'} blank, which counts as absent.`];
  },
};

/** Common damage to tokens; the first pattern that fits is reported. */
const MANGLED: readonly (readonly [RegExp, string])[] = [
  [/^\s*$/, 'There is no token: what was sent is blank.'],
  [/^eyJ\S+\s+eyJ\S+\s*$/, 'These are two tokens: send one of them.'],
  [/^\ufeff/, 'It begins with a byte order mark: save the file as UTF-8 without one.'],
  [/^\ufffd|\0/, 'It is not UTF-8 text: a file that PowerShell wrote with > is UTF-16; write it as ASCII.'],
  [
    /^(null|undefined|Bearer null|Bearer undefined)$/,
    'The sender had no token: its program sent the word null or undefined instead.',
  ],
  [/^ap_pk_/, 'It is an API key, not an access token of WorkOS; keys work on /v1/whoami and /v1/usage-policy.'],
  [
    /(^|=)Fe26\.2(\*|%2A)/i,
    'It is a sealed session, as a cookie carries it: unseal it, and send the access token in it.',
  ],
  [/^sk_/, 'It is the API key of a WorkOS environment, which only a server may have; send an access token.'],
  [
    /^(gh[a-z]_|github_pat_|glpat-|npm_|xox[a-z]-|ya29\.|AIza|AKIA|[pr]k_(live|test)_|whsec_)/,
    'It is a credential of another service, not an access token of AuthKit.',
  ],
  [/^v[1-4]\.(local|public)\./, 'It is a PASETO; AuthKit signs JSON Web Tokens.'],
  [/^-----BEGIN /, 'It is a PEM file, such as a key or a certificate, not a token.'],
  [/^[^.]+\.[^.]+\.[^.~]*~/, 'It is a credential with selective disclosure (SD-JWT), not an access token.'],
  [/^Basic\s/i, 'It is a user name with a password (Basic); send `Bearer` and an access token.'],
  [/^(client|user|session|org|mem|key)_[A-Za-z0-9]+$/, 'It is an id, not a token.'],
  [/^\s*\{[\s\S]*"tokens"/, 'It is the JSON that `mint --json` prints: send the member `token` of one of its tokens.'],
  [/^\s*\{[\s\S]*"(access_token|accessToken)"/, 'It is the whole answer to a sign-in, as JSON: send its access token.'],
  [/^\s*\{/, 'It is JSON: send only the token in it.'],
  [
    /^[A-Za-z0-9]{20,64}$/,
    'It has no parts: it looks like a refresh token or a code, which `POST /user_management/authenticate` exchanges for an access token.',
  ],
  [/^["']|["']$/, 'It is in quotes: send it without them.'],
  [/%[0-9A-Fa-f]{2}/, 'It is URL-encoded: decode it first.'],
  [/,/, 'It has a comma: a proxy may have joined two Authorization headers.'],
  [/\s/u, 'It contains white space, perhaps from copying wrapped lines.'],
  [/=/, 'It is padded with =; tokens have no padding.'],
  [/[+/]/, 'It uses the standard base64 alphabet; tokens have - and _ instead of + and /.'],
  [/\.$/, 'Its signature is empty: the token was cut off or never signed.'],
];

/** WorkOS has two forms of issuer, and few people know both; the wrong form has stopped a production system before. */
function issuerForms(received: unknown, expected: string): string {
  if (typeof received !== 'string') return 'The issuer of the token is not a string.';
  if (received.replace(/\/+$/, '') === expected.replace(/\/+$/, ''))
    return 'The two differ only in slashes at the end; one slash is ignored, several are not.';
  if (received.toLowerCase() === expected.toLowerCase()) return 'The two differ only in upper and lower case.';
  const newer = /^https:\/\/[^/]+\/user_management\/client_[A-Za-z0-9]+\/?$/;
  if (newer.test(received) && newer.test(expected))
    return 'Both have the newer form of the issuer, but name different clients.';
  if (newer.test(received))
    return 'The issuer of the token has the newer form, with a client in it; the server expects the older form.';
  if (newer.test(expected))
    return 'The server expects the newer form of the issuer, with a client in it; the token has another form.';
  if (/^https:\/\/api\.workos\.com\/?$/.test(received))
    return 'The token has the older form of the issuer; the server expects a custom AuthKit domain.';
  return 'The token comes from another environment, or from a custom AuthKit domain.';
}

function numberIn(claims: JsonObject | null, name: string): number | undefined {
  const value = member(claims, name);
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/**
 * Why a token is accepted or refused: the server's own verifier, watched. Nothing is judged a second time here; what is
 * added is what a person needs next.
 */
import { ApiError, REASONS, type Reason } from './errors.ts';
import { CHECKS, type Examination, type Finding } from './identity/checks.ts';
import type { VerifiedToken } from './identity/identity.ts';
import { type JsonObject, member } from './identity/json-object.ts';
import { identify, type UserLookup } from './identity/users.ts';
import { type Verifier, verifyAccessToken } from './identity/verify.ts';

export interface ExplainedCheck {
  readonly name: string;
  readonly result: 'passed' | 'failed' | 'not reached' | 'skipped';
  readonly expected?: string;
  readonly received?: string;
}

export interface Explanation {
  readonly accepted: boolean;
  /** HTTP status that a server with these settings answers. */
  readonly status: number;
  readonly reason: Reason | null;
  readonly message: string;
  readonly checks: readonly ExplainedCheck[];
  /** What the token says of itself, as far as it can be read. */
  readonly claims: JsonObject | null;
  readonly header: JsonObject | null;
  /** Whether the signature was found good: if not, anybody may have written these claims. */
  readonly verified: boolean;
  /** What to do, most likely first. */
  readonly advice: readonly string[];
}

export interface ExplainOptions {
  readonly verifier: Verifier;
  /** Asks for the user; without it that check is skipped. */
  readonly lookup?: UserLookup | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Every key there is: published, or retired by this state directory. */
  readonly knownKeys: () => readonly { readonly kid: string; readonly retiredAt: string | null }[];
}

const USER_CHECK = 'user';

/** @throws whatever the verifier throws that is no refusal: a bug */
export async function explainToken(token: string, options: ExplainOptions): Promise<Explanation> {
  const { verifier, lookup, now } = options;
  const findings = new Map<string, Finding | ApiError>();
  let examination: Examination | undefined;
  let refusal: ApiError | undefined;
  try {
    const verified = await verifyAccessToken(token, verifier, now, (name, result, seen) => {
      findings.set(name, result);
      examination = seen;
    });
    if (lookup) findings.set(USER_CHECK, await userFinding(verified, lookup));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    refusal = error;
    if (findings.size === CHECKS.length) findings.set(USER_CHECK, error);
  }
  const reason = refusal?.reason ?? null;
  const claims = examination?.payload ?? readable(token.split('.')[1]);
  const header = examination?.header ?? readable(token.split('.')[0]);
  return {
    accepted: refusal === undefined,
    status: refusal?.status ?? 200,
    reason,
    message: refusal?.message ?? 'the token is accepted',
    checks: [
      ...CHECKS.map(({ name }) => explained(name, findings.get(name))),
      explainedUser(findings.get(USER_CHECK), lookup, refusal),
    ],
    claims,
    header,
    verified: isFinding(findings.get('signature')),
    advice: reason === null ? [] : advice(reason, refusal?.detail ?? {}, { claims, header, options }),
  };
}

async function userFinding(verified: VerifiedToken, lookup: UserLookup): Promise<Finding> {
  const { email } = await identify(verified, lookup);
  return { expected: 'a user with an e-mail address', received: email };
}

function isFinding(result: Finding | ApiError | undefined): result is Finding {
  return result !== undefined && !(result instanceof ApiError);
}

function explained(name: string, result: Finding | ApiError | undefined): ExplainedCheck {
  if (result === undefined) return { name, result: 'not reached' };
  if (!(result instanceof ApiError))
    return { name, result: 'passed', expected: result.expected, received: result.received };
  const { expected, received } = result.detail;
  return {
    name,
    result: 'failed',
    ...(expected === undefined ? {} : { expected }),
    ...(received === undefined ? {} : { received }),
  };
}

function explainedUser(
  result: Finding | ApiError | undefined,
  lookup: UserLookup | undefined,
  refusal: ApiError | undefined,
): ExplainedCheck {
  if (result === undefined && lookup === undefined && refusal === undefined) {
    return { name: USER_CHECK, result: 'skipped', received: 'no user directory was asked' };
  }
  return explained(USER_CHECK, result);
}

/** A part that the verifier did not get to, read for display alone; null when it cannot be read. */
function readable(part: string | undefined): JsonObject | null {
  const text = Buffer.from((part ?? '').slice(0, 16_384), 'base64url').toString('utf8');
  if (!text.trimStart().startsWith('{')) return null;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

interface Circumstances {
  readonly claims: JsonObject | null;
  readonly header: JsonObject | null;
  readonly options: ExplainOptions;
}

/** The remedy of the reason, after what can be said of this very token. */
function advice(
  reason: Reason,
  detail: { readonly expected?: string; readonly received?: string },
  circumstances: Circumstances,
): string[] {
  const particular = PARTICULARS[reason]?.(circumstances, detail) ?? [];
  return [...particular, REASONS[reason].remedy];
}

type Particular = (
  circumstances: Circumstances,
  detail: { readonly expected?: string; readonly received?: string },
) => string[];

const PARTICULARS: Partial<Record<Reason, Particular>> = {
  issuer_mismatch: ({ claims, options }) => {
    const issuer = options.verifier.settings.issuer;
    const received = member(claims ?? {}, 'iss');
    if (typeof received !== 'string') return ['The token has no issuer in text form.'];
    if (received.replace(/\/+$/, '') === issuer.replace(/\/+$/, ''))
      return ['The two differ by slashes at the end only; one is ignored, more are not.'];
    const newer = /^https:\/\/[^/]+\/user_management\/client_[A-Za-z0-9]+\/?$/;
    const forms = newer.test(received)
      ? 'The token has the newer form of the issuer, with the client in it; the server expects the older one.'
      : newer.test(issuer)
        ? 'The server expects the newer form of the issuer, with the client in it; the token has another.'
        : 'The token comes from another environment or a custom AuthKit domain.';
    return [forms, `It would be accepted with WORKOS_ISSUER=${received}`];
  },
  client_id_mismatch: ({ claims }) => {
    const client = member(claims ?? {}, 'client_id') ?? member(claims ?? {}, 'azp');
    if (client === undefined || client === null)
      return ['The token names no client. AuthKit session tokens may do so: --client-id-claim optional accepts them.'];
    return typeof client === 'string' ? [`It would be accepted with WORKOS_CLIENT_ID=${client}`] : [];
  },
  kid_unknown: ({ header, options }) => {
    const kid = member(header ?? {}, 'kid');
    const known = options.knownKeys();
    const retired = known.find((key) => key.kid === kid && key.retiredAt !== null);
    if (retired) return [`This key was retired at ${retired.retiredAt}: sign in again, or mint a new token.`];
    const kids = known.filter((key) => key.retiredAt === null).map((key) => key.kid);
    return kids.length === 0 ? [] : [`The key set has: ${kids.slice(0, 5).join(', ')}${kids.length > 5 ? ', …' : ''}`];
  },
  expired: ({ claims, options: { now } }) => {
    const exp = member(claims ?? {}, 'exp');
    return typeof exp === 'number'
      ? [`It was valid until ${instant(exp)}, ${span(now / 1000 - exp)} before the time of this check.`]
      : [];
  },
  not_yet_valid: ({ claims, options: { now } }) => {
    const nbf = member(claims ?? {}, 'nbf');
    return typeof nbf === 'number' ? [`It will be valid from ${instant(nbf)}, in ${span(nbf - now / 1000)}.`] : [];
  },
  issued_in_future: ({ claims, options: { now } }) => {
    const iat = member(claims ?? {}, 'iat');
    return typeof iat === 'number'
      ? [`The issuer's clock is ${span(iat - now / 1000)} ahead of the time of this check.`]
      : [];
  },
  no_session_or_token_id: ({ claims }) => {
    const blank = ['jti', 'sid'].filter((name) => typeof member(claims ?? {}, name) === 'string');
    return blank.length === 0
      ? []
      : [`${blank.join(' and ')} ${blank.length === 1 ? 'is' : 'are'} there but blank, which counts as absent.`];
  },
};

function instant(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

/** `3 h 12 min`, `45 s`: the two largest units. */
function span(seconds: number): string {
  const units = [
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
    ['s', 1],
  ] as const;
  let rest = Math.max(0, Math.round(seconds));
  const parts: string[] = [];
  for (const [name, size] of units) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${name}`);
  }
  return parts.slice(0, 2).join(' ') || '0 s';
}

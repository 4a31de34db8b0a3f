/**
 * Why a token is accepted or refused: the server's own verifier, watched. Nothing is judged a second time here; what is
 * added is what a person needs next.
 */
import { ApiError, type Reason } from '../errors.ts';
import { CHECKS } from '../identity/checks.ts';
import type { Examination, Finding } from '../identity/examination.ts';
import type { VerifiedToken } from '../identity/identity.ts';
import { type JsonObject, member } from '../identity/json-object.ts';
import { identify, type UserLookup } from '../identity/users.ts';
import { type Verifier, verifyAccessToken } from '../identity/verify.ts';
import { advise, type KnownKey } from './advice.ts';
import { readablePart } from './readable-part.ts';

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
  /** `exp` in milliseconds since 1970, when it is a date. */
  readonly validUntil: number | null;
  /** What to do, most likely first. */
  readonly advice: readonly string[];
}

export interface ExplainOptions {
  readonly verifier: Verifier;
  /** Asks for the user; or why nobody is asked, and that check is skipped. */
  readonly lookup: UserLookup | string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Every key that is known of, as far as somebody here knows. */
  readonly knownKeys: () => readonly KnownKey[];
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
    if (typeof lookup !== 'string') findings.set(USER_CHECK, await userFinding(verified, lookup));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    refusal = error;
    if (findings.size === CHECKS.length) findings.set(USER_CHECK, error);
  }
  const reason = refusal?.reason ?? null;
  const claims = examination?.payload ?? readablePart(token.split('.')[1]);
  const header = examination?.header ?? readablePart(token.split('.')[0]);
  const skipped = typeof lookup === 'string' && refusal === undefined ? lookup : undefined;
  return {
    accepted: refusal === undefined,
    status: refusal?.status ?? 200,
    reason,
    message: refusal?.message ?? 'the token is accepted',
    checks: [
      ...CHECKS.map(({ name }) => explained(name, findings.get(name))),
      skipped === undefined
        ? explained(USER_CHECK, findings.get(USER_CHECK))
        : { name: USER_CHECK, result: 'skipped', received: skipped },
    ],
    claims,
    header,
    verified: isFinding(findings.get('signature')),
    validUntil: dateOf(claims, 'exp'),
    advice: reason === null ? [] : await advise({ token, reason, claims, header, ...options }),
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
  if (isFinding(result)) return { name, result: 'passed', expected: result.expected, received: result.received };
  const { expected, received } = result.detail;
  return {
    name,
    result: 'failed',
    ...(expected === undefined ? {} : { expected }),
    ...(received === undefined ? {} : { received }),
  };
}

/** Milliseconds since 1970; null for what JavaScript cannot hold as a date. */
function dateOf(claims: JsonObject | null, name: string): number | null {
  const seconds = member(claims ?? {}, name);
  return typeof seconds === 'number' && Math.abs(seconds) <= 8_640_000_000_000 ? seconds * 1000 : null;
}

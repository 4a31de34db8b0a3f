/**
 * Explains why a token is accepted or refused. It observes the server's own verifier, so nothing is judged twice, and
 * adds advice for a person.
 */
import { ApiError } from '../../errors/api-error.ts';
import type { Reason } from '../../errors/reasons.ts';
import type { VerifiedToken } from '../identity.ts';
import { CHECKS } from '../token/checks.ts';
import type { CheckFinding, Examination } from '../token/examination.ts';
import { type JsonObject, member } from '../token/json-object.ts';
import { type Verifier, verifyAccessToken } from '../token/verify.ts';
import { identify, type UserLookup } from '../user.ts';
import { advise } from './advice.ts';
import { readablePart } from './readable-part.ts';
import type { KnownKey } from './refused-token.ts';

interface ExplainedCheck {
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
  /** Header and claims of the token, as far as they can be read. */
  readonly claims: JsonObject | null;
  readonly header: JsonObject | null;
  /** Whether the signature is valid: if it is not, an attacker may have written these claims. */
  readonly verified: boolean;
  /** `exp` in milliseconds since 1970, if it is a date. */
  readonly validUntil: number | null;
  /** Advice, most likely first. */
  readonly advice: readonly string[];
}

export interface ExplainOptions {
  readonly verifier: Verifier;
  /** Looks up the user; or the reason why the look-up is skipped. */
  readonly lookup: UserLookup | string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Every known key, published or retired. */
  readonly knownKeys: () => readonly KnownKey[];
}

const USER_CHECK = 'user';

/** @throws errors of the verifier that are not refusals; these are bugs */
export async function explainToken(token: string, options: ExplainOptions): Promise<Explanation> {
  const { verifier, lookup, now } = options;
  const findings = new Map<string, CheckFinding | ApiError>();
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
    advice:
      reason === null
        ? []
        : await advise({ token, reason, claims, header, received: refusal?.detail.received, ...options }),
  };
}

async function userFinding(verified: VerifiedToken, lookup: UserLookup): Promise<CheckFinding> {
  const { email } = await identify(verified, lookup);
  return { expected: 'a user with an e-mail address', received: email };
}

function isFinding(result: CheckFinding | ApiError | undefined): result is CheckFinding {
  return result !== undefined && !(result instanceof ApiError);
}

function explained(name: string, result: CheckFinding | ApiError | undefined): ExplainedCheck {
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

/** Milliseconds since 1970; null if JavaScript cannot represent it as a date. */
function dateOf(claims: JsonObject | null, name: string): number | null {
  const seconds = member(claims, name);
  return typeof seconds === 'number' && Math.abs(seconds) <= 8_640_000_000_000 ? seconds * 1000 : null;
}

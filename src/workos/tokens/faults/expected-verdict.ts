/** The expected answer of a server to a token; of several refusals, the one that comes first. */
import type { Reason } from '../../../errors/reasons.ts';

/** The checks of a verifier in their fixed order; a token with two errors is refused by the first check that fails. */
const CHECKS = [
  'size',
  'encoding',
  'header',
  'algorithm',
  'encryption',
  'critical',
  'key headers',
  'type',
  'key id',
  'key',
  'signature',
  'payload',
  'expiry',
  'not before',
  'issued at',
  'issuer',
  'client',
  'subject',
  'session',
] as const;

export type Check = (typeof CHECKS)[number];

export interface ExpectedVerdict {
  readonly status: 200 | 401 | 503;
  readonly reason: Reason | null;
  /** The check that refuses, or null if none does. */
  readonly check: Check | null;
}

/** The check that usually refuses for each reason. */
const CHECK_OF_REASON = {
  token_too_large: 'size',
  malformed_token: 'encoding',
  encrypted_token: 'encoding',
  header_invalid: 'header',
  duplicate_member: 'header',
  alg_not_allowed: 'algorithm',
  crit_not_supported: 'critical',
  untrusted_key_header: 'key headers',
  typ_not_allowed: 'type',
  kid_invalid: 'key id',
  kid_unknown: 'key',
  key_ambiguous: 'key',
  bad_signature: 'signature',
  payload_invalid: 'payload',
  bad_exp: 'expiry',
  expired: 'expiry',
  bad_numeric_date: 'expiry',
  not_yet_valid: 'not before',
  issued_in_future: 'issued at',
  issuer_mismatch: 'issuer',
  client_id_mismatch: 'client',
  missing_sub: 'subject',
  bad_sub: 'subject',
  no_session_or_token_id: 'session',
  bad_token_id: 'session',
  bad_session_id: 'session',
} as const satisfies Partial<Record<Reason, Check>>;

export const ACCEPTED: ExpectedVerdict = { status: 200, reason: null, check: null };

/** Without a published key, no token can be verified. */
export const NO_KEYS: ExpectedVerdict = { status: 503, reason: 'jwks_invalid', check: 'key' };

export function refused(reason: keyof typeof CHECK_OF_REASON, check: Check = CHECK_OF_REASON[reason]): ExpectedVerdict {
  return { status: 401, reason, check };
}

/** The verdict on a token with all of these faults: the refusal of the earliest check. */
export function firstRefusal(expectations: readonly ExpectedVerdict[]): ExpectedVerdict {
  const rank = ({ check }: ExpectedVerdict): number => (check === null ? CHECKS.length : CHECKS.indexOf(check));
  return expectations.reduce((first, next) => (rank(next) < rank(first) ? next : first), ACCEPTED);
}

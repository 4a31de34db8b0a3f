/**
 * The values of `error.reason` in 401 and 503 answers; the log, `explain` and `docs/rejections.md` show them too.
 * A new reason is a new row. The rows are in the order of the checks of a token.
 */
import { CLAIM_REASONS } from './reasons/claims.ts';
import { CREDENTIAL_REASONS } from './reasons/credentials.ts';
import { HEADER_REASONS } from './reasons/header.ts';
import { OUTAGE_REASONS } from './reasons/outages.ts';
import { USER_REASONS } from './reasons/user.ts';

export const REASONS = {
  ...CREDENTIAL_REASONS,
  ...HEADER_REASONS,
  ...CLAIM_REASONS,
  ...USER_REASONS,
  ...OUTAGE_REASONS,
} as const;

export type Reason = keyof typeof REASONS;

/** The table of invariants, for `check`, its list, the reports, the tests and the documentation. */

import { closest } from '../../../errors/closest.ts';
import { Failure } from '../../../errors/failure.ts';
import { ANSWER_INVARIANTS } from './answers.ts';
import { API_KEY_INVARIANTS } from './api-keys.ts';
import { GOOD_TOKEN_INVARIANTS } from './good-tokens.ts';
import { INVARIANT_IDS, type InvariantId } from './ids.ts';
import { INTERRUPTION_INVARIANTS } from './interruptions.ts';
import type { Invariant } from './invariant.ts';
import { KEY_INVARIANTS } from './keys.ts';
import { RECORD_KEY_INVARIANTS } from './keys-of-records.ts';
import { READ_INVARIANTS } from './reads.ts';
import { READ_VERIFIED_INVARIANTS } from './reads-verified.ts';
import { REFUSAL_INVARIANTS } from './refusals.ts';
import { REPLAY_INVARIANTS } from './replays.ts';
import { REQUEST_INVARIANTS } from './requests.ts';
import { SECRET_INVARIANTS } from './secrets.ts';
import { SIGN_IN_INVARIANTS } from './sign-ins.ts';
import { TRACE_INVARIANTS } from './traces.ts';
import { USER_INVARIANTS } from './users.ts';

export const INVARIANTS: Readonly<Record<InvariantId, Invariant>> = {
  ...REPLAY_INVARIANTS,
  ...RECORD_KEY_INVARIANTS,
  ...SIGN_IN_INVARIANTS,
  ...USER_INVARIANTS,
  ...REFUSAL_INVARIANTS,
  ...TRACE_INVARIANTS,
  ...INTERRUPTION_INVARIANTS,
  ...KEY_INVARIANTS,
  ...API_KEY_INVARIANTS,
  ...SECRET_INVARIANTS,
  ...ANSWER_INVARIANTS,
  ...REQUEST_INVARIANTS,
  ...GOOD_TOKEN_INVARIANTS,
  ...READ_INVARIANTS,
  ...READ_VERIFIED_INVARIANTS,
};

/** @param flag named in the message. @throws Failure invalid_argument */
export function invariantNamed(name: string, flag: string): InvariantId {
  const found = INVARIANT_IDS.find((id) => id === name);
  if (found !== undefined) return found;
  throw new Failure(
    'invalid_argument',
    `${flag}: no invariant is called ${JSON.stringify(name)}${closest(name, INVARIANT_IDS)}`,
    '`agent-paste check --list` shows them all.',
  );
}

/** The table of invariants: it drives `check`, its list, the reports, the tests and the documentation. */

import { closest } from '../closest.ts';
import { Failure } from '../errors.ts';
import type { Invariant } from './invariant.ts';
import { INVARIANT_IDS, type InvariantId } from './invariant-ids.ts';
import { INTERRUPTION_INVARIANTS } from './invariants/interruptions.ts';
import { KEY_INVARIANTS } from './invariants/keys.ts';
import { REFUSAL_INVARIANTS } from './invariants/refusals.ts';
import { REPLAY_INVARIANTS } from './invariants/replays.ts';
import { SECRET_INVARIANTS } from './invariants/secrets.ts';
import { SIGN_IN_INVARIANTS } from './invariants/sign-ins.ts';

export const INVARIANTS: Readonly<Record<InvariantId, Invariant>> = {
  ...REPLAY_INVARIANTS,
  ...SIGN_IN_INVARIANTS,
  ...REFUSAL_INVARIANTS,
  ...INTERRUPTION_INVARIANTS,
  ...KEY_INVARIANTS,
  ...SECRET_INVARIANTS,
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

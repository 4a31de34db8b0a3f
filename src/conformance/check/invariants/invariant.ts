/** An invariant: a sentence that is true for every correct server, and a way to test it. */

import type { Need } from '../trial/target.ts';
import type { Trial } from '../trial/trial.ts';
import type { Verdict } from '../trial/verdict.ts';

export interface Invariant {
  /** The condition, in one sentence. */
  readonly meaning: string;
  readonly needs: Need;
  /** Sends callbacks that arrive together: worth repeating. */
  readonly concurrent?: true;
  /** May wait until the target fetches keys again, so it begins first and runs beside the others. */
  readonly waitsForKeys?: true;
  readonly run: (trial: Trial) => Promise<Verdict>;
}

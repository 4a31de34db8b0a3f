/** The outcomes, best first, and their words. */
import type { Outcome } from '../../api-types.ts';

export const WORDS: Readonly<Record<Outcome, string>> = {
  provisioned: 'provisioned',
  seen: 'seen',
  replayed: 'replayed',
  refused: 'refused',
  in_flight: 'in flight',
  unavailable: 'unavailable',
};

export const OUTCOMES = Object.keys(WORDS) as readonly Outcome[];

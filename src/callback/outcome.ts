/** The outcomes of a callback, as log lines, tables, flags and tapes name them. */

/** A new member, a known member, or a repeated answer; each has status 200. */
const SUCCESSFUL_OUTCOMES = ['provisioned', 'seen', 'replayed'] as const;

/** The three other outcomes; see `outcomeOf`. */
export const OUTCOMES = [...SUCCESSFUL_OUTCOMES, 'refused', 'in_flight', 'unavailable'] as const;

export type SuccessfulOutcome = (typeof SUCCESSFUL_OUTCOMES)[number];
export type Outcome = (typeof OUTCOMES)[number];

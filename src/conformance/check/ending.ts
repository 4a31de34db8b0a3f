/** The end of a run: every route is read again, and callbacks of the beginning are sent once more. */
import { performance } from 'node:perf_hooks';
import { isSameAnswer } from './trial/claims.ts';
import type { Trial } from './trial/trial.ts';
import type { Claim } from './trial/verdict.ts';

/** Number of callbacks of one invariant: the first, the last, and others that the seed chooses. */
const MOST_REPEATED = 6;
/** Milliseconds: a token of AuthKit lives five minutes. */
const LONGEST_LIFE_MS = 240_000;

export async function endingClaims(trial: Trial): Promise<readonly Claim[]> {
  const { accepted, claims: left } = trial.ending;
  const begun = performance.now();
  const alive = [...accepted].filter(([, { at }]) => begun - at < LONGEST_LIFE_MS);
  const claims: Claim[] = [];
  for (const [token, { answer }] of chosen(trial, alive)) {
    const again = await trial.post(token, { isRepeated: false });
    claims.push(isSameAnswer('a callback of the beginning, repeated at the end of the run,', answer, again));
  }
  for (const claim of left) claims.push(...(await claim()));
  return claims;
}

function chosen<T>(trial: Trial, all: readonly T[]): readonly T[] {
  if (all.length <= MOST_REPEATED) return all;
  const middle = all.slice(1, -1);
  const picked = Array.from({ length: MOST_REPEATED - 2 }, () => middle[trial.number(middle.length)] as T);
  return [...new Set([all[0] as T, ...picked, all.at(-1) as T])];
}

/** Tokens that must be refused, one or many. An outage instead of a refusal is distinguished from an outage for all tokens. */
import { Failure } from '../../../errors/failure.ts';
import type { CallbackAnswer } from '../../replay/send.ts';
import { isRefused } from '../trial/claims.ts';
import { inLanes } from '../trial/in-lanes.ts';
import { NotNow } from '../trial/settling.ts';
import type { Trial } from '../trial/trial.ts';
import { type Claim, must } from '../trial/verdict.ts';

const WIDTH = 4;
/** After so many milliseconds of sending a bad token again, a valid token is tried too. */
const SHORT_BUDGET_MS = 3000;
/** If all tokens get an outage, so many of them are examined further. */
const MOST_CLOSE_LOOKS = 3;

export interface BadToken {
  readonly what: string;
  readonly token: string;
}

/** @throws Failure if valid tokens get the same answer */
export async function refused(trial: Trial, what: string, token: string): Promise<Claim> {
  const [claim] = await allRefused(trial, [{ what, token }]);
  return claim ?? must(false, `${what} was not sent`);
}

/** A claim for each, in their order. @throws Failure if valid tokens get the same answer */
export async function allRefused(trial: Trial, bad: readonly BadToken[]): Promise<readonly Claim[]> {
  const claims = new Map<BadToken, Claim>();
  const unsettled: BadToken[] = [];
  await inLanes(bad, WIDTH, async (one) => {
    const answer = await answerOf(trial, one, 0);
    if (answer instanceof Failure) unsettled.push(one);
    else claims.set(one, isRefused(one.what, answer));
  });
  let outages = 0;
  for (const one of unsettled) {
    const answer = await answerOf(trial, one, SHORT_BUDGET_MS);
    if (answer instanceof Failure) outages += 1;
    claims.set(
      one,
      answer instanceof Failure ? await isOutageOfItsOwn(trial, one, answer) : isRefused(one.what, answer),
    );
    if (outages === MOST_CLOSE_LOOKS) break;
  }
  return bad.flatMap((one) => claims.get(one) ?? []);
}

async function answerOf(trial: Trial, one: BadToken, budgetMs?: number): Promise<CallbackAnswer | Failure> {
  try {
    return await trial.post(one.token, { isRepeated: false, ...(budgetMs === undefined ? {} : { budgetMs }) });
  } catch (error) {
    // A rate limit is that of many requests, and passes.
    if (budgetMs !== undefined && error instanceof NotNow && error.status === 429) return answerOf(trial, one);
    if (error instanceof Failure && (error.code === 'unreachable' || error.code === 'timed_out')) return error;
    throw error;
  }
}

/** A valid token at the same time shows that there is no outage. A rate limit does not count as a refusal either. */
async function isOutageOfItsOwn(trial: Trial, { what }: BadToken, failure: Failure): Promise<Claim> {
  const status = failure instanceof NotNow ? failure.status : undefined;
  if ((status !== undefined && status !== 503) || !trial.canMint) throw failure;
  const beside = await trial.post(trial.token());
  if (beside.status !== 200) throw failure;
  const seen = status === undefined ? `was not answered (${failure.message})` : 'is reported as an outage, with 503';
  return must(false, `${what} ${seen}, while a good token beside it is answered with 200`, beside);
}

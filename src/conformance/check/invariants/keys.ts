/** The server follows changes of the issuer's keys without a restart. */
import { performance } from 'node:perf_hooks';
import type { CallbackAnswer } from '../../replay/send.ts';
import { isAccepted, isRefused, isSameAnswer } from '../trial/claims.ts';
import type { Trial, TrialUser } from '../trial/trial.ts';
import { cannotTell, judge, type Verdict, withUntried } from '../trial/verdict.ts';
import type { Invariant } from './invariant.ts';

export const KEY_INVARIANTS = {
  'key-rotation-accepted': {
    meaning: 'tokens of a new signing key are accepted without a restart, and tokens of the old key remain good',
    needs: 'keys',
    waitsForKeys: true,
    async run(trial) {
      const user = trial.user();
      const oldToken = user.token({ kid: trial.minter().keyring.signingKey().kid });
      const first = await trial.post(oldToken, { isRepeated: false });
      const rotated = await accepted(trial, user, await trial.keys().take(), deadlineOf(trial));
      const replay = await trial.post(oldToken, { isRepeated: false });
      return judge(
        isAccepted('a token of the first key', first),
        isAccepted('a token of the new key', rotated),
        isSameAnswer('the token of the first key after the rotation', first, replay),
      );
    },
  },
  'removed-key-refused': {
    meaning: 'a token of a key that the issuer no longer publishes is refused once the key set has been fetched again',
    needs: 'keys',
    waitsForKeys: true,
    async run(trial) {
      const deadline = deadlineOf(trial);
      const user = trial.user();
      const removed = await trial.keys().take();
      const used = await accepted(trial, user, removed, deadline);
      if (used.status !== 200)
        return cannotTell('the target accepted no token of a new key, so none of a removed key can be refused');
      await trial.keys().withdraw(removed);
      // The token of the next key makes a server fetch the set that lacks the removed one.
      const next = await trial.keys().take();
      const other = await accepted(trial, user, next, deadline);
      const again = await until(trial, deadline, () => postOf(trial, user, removed), isRefusedAnswer);
      if (other.status !== 200) return notFetchedAgain(trial, again);
      return judge(isAccepted('a token of the next key', other), isRefused('a token of the removed key', again));
    },
  },
} as const satisfies Record<string, Invariant>;

function deadlineOf(trial: Trial): number {
  return performance.now() + trial.patienceMs;
}

function notFetchedAgain({ patienceMs }: Trial, again: CallbackAnswer): Verdict {
  if (isRefusedAnswer(again)) return judge(isRefused('a token of the removed key', again));
  const seconds = Math.round(patienceMs / 1000);
  return withUntried(
    judge(),
    `the target did not fetch its keys a second time within ${seconds} s; a longer --patience would wait for it`,
  );
}

function postOf(trial: Trial, user: TrialUser, kid: string): Promise<CallbackAnswer> {
  return trial.post(user.token({ kid }), { isRepeated: false });
}

function accepted(trial: Trial, user: TrialUser, kid: string, deadline: number): Promise<CallbackAnswer> {
  return until(
    trial,
    deadline,
    () => postOf(trial, user, kid),
    ({ status }) => status === 200,
  );
}

function isRefusedAnswer({ status }: CallbackAnswer): boolean {
  return status === 401;
}

/** Servers cache key sets and fetch them again after a cooldown. The check cannot see its end, so it waits that long. */
const ASK_AGAIN_MS = 250;
/** Shorter waits are not announced. */
const WORTH_A_WORD_MS = 1000;

async function until(
  trial: Trial,
  deadline: number,
  send: () => Promise<CallbackAnswer>,
  done: (answer: CallbackAnswer) => boolean,
): Promise<CallbackAnswer> {
  const began = performance.now();
  let hasSaid = false;
  for (;;) {
    const answer = await send();
    const left = deadline - performance.now();
    if (done(answer) || left < 0) return answer;
    if (!hasSaid && performance.now() - began > WORTH_A_WORD_MS) {
      trial.say(`waiting up to ${Math.ceil(left / 1000)} s for the target to fetch its keys again`);
      hasSaid = true;
    }
    await trial.pause(ASK_AGAIN_MS);
  }
}

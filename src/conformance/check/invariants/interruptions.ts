/** If the process, the connection or the transaction ends in the middle, a retry finds the whole sign-in or none of it. */
import { Failure } from '../../../errors/failure.ts';
import { openProbe } from '../../../store/open.ts';
import { type CallbackAnswer, sendCallback } from '../../replay/send.ts';
import { describe, isAccepted, isFirstSignIn, isOneMember, isSameAnswer, isSeen } from '../trial/claims.ts';
import { NotNow } from '../trial/settling.ts';
import type { Trial } from '../trial/trial.ts';
import { type Claim, judge, must, withUntried } from '../trial/verdict.ts';
import type { Invariant } from './invariant.ts';

export const INTERRUPTION_INVARIANTS = {
  'survives-restart': {
    meaning: 'a process that starts after the first one was killed replays the callback with the same bytes',
    needs: 'process',
    async run(trial) {
      const server = await trial.own().start([]);
      const before = trial.at(server.url, server.minter);
      const user = before.user();
      const token = user.token();
      const first = await before.post(token);
      await server.kill();
      const after = before.at((await server.again()).url, server.minter);
      const replay = await after.post(token);
      const later = await after.post(user.token());
      return judge(
        isFirstSignIn('the first token', first),
        isSameAnswer('a replay after a restart', first, replay),
        isSeen('a new token after the restart', later),
        isOneMember('before and after the restart', [first, later]),
      );
    },
  },
  'lost-answer-replays': {
    meaning: 'if the first answer never arrives, a retry gets it, including the secret',
    needs: 'token',
    async run(trial) {
      const claims = await hungUp(trial, trial.token(), 'a first sign-in');
      if (!trial.hasOwn)
        return withUntried(
          judge(...claims),
          'a process that is killed before it answers: this run did not start the target',
        );
      return judge(...claims, ...(await killedBeforeSending(trial)));
    },
  },
  'failed-provisioning-leaves-nothing': {
    meaning:
      'a first sign-in that fails at its API key leaves no member behind, so the retry is a complete first sign-in',
    needs: 'files',
    async run(trial) {
      const user = trial.user();
      const token = user.token();
      const probe = await openProbe(trial.own().database);
      const failingKey = await probe.failKeysOf(user.email);
      const failed = await sendCallback({ url: trial.url, token });
      const shown = await trial.read('/v1/web/workspace', token);
      await failingKey.remove();
      const retry = await trial.post(token);
      return judge(
        must(failed.status >= 500, `a sign-in whose key could not be written was answered with ${describe(failed)}`),
        must(shown.status === 403, `after it failed, GET /v1/web/workspace answers ${shown.status}: a member is there`),
        isFirstSignIn('the retry', retry),
      );
    },
  },
} as const satisfies Record<string, Invariant>;

/** A retry gets the answer that the client did not wait for, as soon as it is ready. */
async function hungUp(trial: Trial, token: string, what: string): Promise<readonly Claim[]> {
  await sendAndHangUp(trial.url, token);
  let retry: CallbackAnswer;
  try {
    retry = await trial.post(token, { budgetMs: STUCK_MS });
  } catch (error) {
    if (!(error instanceof NotNow) || error.status !== 409 || !trial.canMint) throw error;
    const beside = await trial.post(trial.token());
    return [must(false, `${what} whose client hung up stays in flight: ${error.message}, others are answered`, beside)];
  }
  const again = await trial.post(token);
  return [
    trial.canMint ? isFirstSignIn('a retry after hanging up', retry) : isAccepted('a retry after hanging up', retry),
    isSameAnswer('the retry, once more,', retry, again),
  ];
}

/** Milliseconds: longer than any callback. */
const STUCK_MS = 15_000;

/** Sends the request without waiting for the answer. */
async function sendAndHangUp(url: string, token: string): Promise<void> {
  const hangUp = new AbortController();
  const gone = new Failure('unreachable', 'hung up on purpose');
  const whenConnected = async () => void setImmediate(() => hangUp.abort(gone));
  try {
    await sendCallback({ url, token, signal: hangUp.signal, whenConnected });
  } catch (error) {
    if (error !== gone) throw error;
  }
}

/** A server that is killed between its commit and its answer. `--hold` delays the answer. */
async function killedBeforeSending(trial: Trial): Promise<readonly Claim[]> {
  const server = await trial.own().start(['--hold', 'before-send=10m']);
  const before = trial.at(server.url, server.minter);
  const user = before.user();
  const token = user.token();
  const lost = sendCallback({ url: server.url, token }).catch((error: Failure) => error);
  // The dashboard shows the member as soon as the sign-in is committed.
  let shown = await before.read('/v1/web/workspace', token);
  while (shown.status === 403) shown = await before.read('/v1/web/workspace', token);
  await server.kill();
  await lost;
  const after = before.at((await server.again()).url, server.minter);
  const retry = await after.post(token);
  const again = await after.post(token);
  return [
    isFirstSignIn('a retry after the server was killed before sending', retry),
    isSameAnswer('the retry, once more,', retry, again),
  ];
}

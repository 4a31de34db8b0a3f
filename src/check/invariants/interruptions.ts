/** Whatever ends in the middle, the process, the connection or the transaction, a retry finds all of a sign-in or nothing. */
import { Failure } from '../../errors.ts';
import { sendCallback } from '../../replay/send.ts';
import { statePaths } from '../../state-directory.ts';
import { obstructKeysOf } from '../../store/obstruction.ts';
import type { Invariant } from '../invariant.ts';
import {
  type Claim,
  describe,
  isAccepted,
  isFirstSignIn,
  isOneMember,
  isSameAnswer,
  isSeen,
  judge,
} from '../judgement.ts';
import type { Trial } from '../trial.ts';

export const INTERRUPTION_INVARIANTS = {
  'survives-restart': {
    meaning: 'a callback is replayed with the same bytes by a process that starts after the first was killed',
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
        isSameAnswer('after a restart', first, replay),
        isSeen('a new token after the restart', later),
        isOneMember('before and after the restart', [first, later]),
      );
    },
  },
  'lost-answer-replays': {
    meaning: 'when the first answer never arrives, a retry brings it, secret included',
    needs: 'token',
    async run(trial) {
      const token = trial.token();
      await sendAndHangUp(trial.url, token);
      const retry = await trial.post(token);
      const again = await trial.post(token);
      return judge(
        trial.canMint
          ? isFirstSignIn('a retry after hanging up', retry)
          : isAccepted('a retry after hanging up', retry),
        isSameAnswer('once more', retry, again),
        ...(trial.hasOwn ? await killedBeforeSending(trial) : []),
      );
    },
  },
  'failed-provisioning-leaves-nothing': {
    meaning: 'a first sign-in that fails at its key leaves no member: the retry is a whole first sign-in',
    needs: 'files',
    async run(trial) {
      const user = trial.user();
      const token = user.token();
      const obstruction = obstructKeysOf(user.email, statePaths(trial.own().stateDir).database);
      const failed = await trial.post(token);
      const shown = await trial.read('/v1/web/workspace', token);
      obstruction.remove();
      const retry = await trial.post(token);
      return judge(
        [failed.status >= 500, `a sign-in whose key could not be written was answered with ${describe(failed)}`],
        [shown.status === 403, `after it failed, GET /v1/web/workspace answers ${shown.status}: a member is there`],
        isFirstSignIn('the retry', retry),
      );
    },
  },
} as const satisfies Record<string, Invariant>;

/** The request leaves, and nobody waits for the answer. */
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

/** A server that is killed between its commit and its answer, which it holds back for that. */
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
    isSameAnswer('once more', retry, again),
  ];
}

/** Keys come and go at the issuer, and the server follows without a restart. */
import type { Sent } from '../../replay/send.ts';
import type { Invariant } from '../invariant.ts';
import { isAccepted, isRefused, isSameAnswer, judge } from '../judgement.ts';
import type { Trial, TrialUser } from '../trial.ts';

export const KEY_INVARIANTS = {
  'key-rotation-accepted': {
    meaning: 'a token of a new signing key is accepted without a restart, and those of the old key stay good',
    needs: 'keys',
    alone: true,
    async run(trial) {
      const user = trial.user();
      const oldToken = user.token();
      const first = await trial.post(oldToken);
      const { kid } = await trial.keyring().rotate(trial.now());
      try {
        const rotated = await accepted(trial, user, kid);
        const replay = await trial.post(oldToken);
        return judge(
          isAccepted('a token of the first key', first),
          isAccepted('a token of the new key', rotated),
          isSameAnswer('the token of the first key after the rotation', first, replay),
        );
      } finally {
        trial.keyring().retire(kid, trial.now());
      }
    },
  },
  'removed-key-refused': {
    meaning: 'a token of a key that the issuer no longer publishes is refused once the key set was fetched again',
    needs: 'keys',
    alone: true,
    async run(trial) {
      const user = trial.user();
      const removed = await trial.keyring().rotate(trial.now());
      const before = await accepted(trial, user, removed.kid);
      // The token of the next key makes a server fetch the set that lacks the removed one.
      const next = await trial.keyring().rotate(trial.now());
      trial.keyring().retire(removed.kid, trial.now());
      try {
        const other = await accepted(trial, user, next.kid);
        const after = await until(trial, () => trial.post(user.token({ kid: removed.kid })), isRefusedAnswer);
        return judge(
          isAccepted('a token of a published key', before),
          isAccepted('a token of the next key', other),
          isRefused('a token of the removed key', after),
        );
      } finally {
        trial.keyring().retire(next.kid, trial.now());
      }
    },
  },
} as const satisfies Record<string, Invariant>;

function accepted(trial: Trial, user: TrialUser, kid: string): Promise<Sent> {
  return until(
    trial,
    () => trial.post(user.token({ kid })),
    ({ status }) => status === 200,
  );
}

function isRefusedAnswer({ status }: Sent): boolean {
  return status === 401;
}

/** Key sets are cached, and refetched once in a cooldown: a server may take that long, and nothing says when it is over. */
const ASK_AGAIN_MS = 250;

async function until(trial: Trial, send: () => Promise<Sent>, done: (sent: Sent) => boolean): Promise<Sent> {
  const began = performance.now();
  for (;;) {
    const sent = await send();
    if (done(sent) || performance.now() - began > trial.patienceMs) return sent;
    await trial.pause(ASK_AGAIN_MS);
  }
}

/** A user is one member with one secret, whatever arrives together, and later sign-ins keep the member up to date. */
import type { Invariant } from '../invariant.ts';
import {
  isAccepted,
  isFirstSignIn,
  isOneMember,
  isSameAnswer,
  isSeen,
  judge,
  memberField,
  secretOf,
} from '../judgement.ts';

/** Tokens of one new user that are sent together. */
const TOGETHER = 8;

export const SIGN_IN_INVARIANTS = {
  'one-member-per-user': {
    meaning: 'first sign-ins of one user that arrive together make one member in one workspace',
    needs: 'mint',
    concurrent: true,
    async run(trial) {
      const user = trial.user();
      const answers = await trial.postTogether(Array.from({ length: TOGETHER }, () => user.token()));
      const later = await trial.post(user.token());
      return judge(
        ...answers.map((sent) => isAccepted('a first sign-in', sent)),
        isOneMember(`${TOGETHER} first sign-ins and a later one`, [...answers, later]),
      );
    },
  },
  'one-secret-per-user': {
    meaning: 'of all sign-ins of one user exactly one shows a secret',
    needs: 'mint',
    concurrent: true,
    async run(trial) {
      const user = trial.user();
      const answers = await trial.postTogether(Array.from({ length: TOGETHER }, () => user.token()));
      const later = await trial.post(user.token());
      const secrets = answers.filter((sent) => secretOf(sent) !== null).length;
      return judge(
        ...answers.map((sent) => isAccepted('a first sign-in', sent)),
        [secrets === 1, `${secrets} of ${TOGETHER} first sign-ins show a secret`],
        isSeen('a later token', later),
      );
    },
  },
  'new-token-updates-seen': {
    meaning: 'a new token of a known user moves last_seen_at on, with the same member and no key',
    needs: 'mint',
    async run(trial) {
      const user = trial.user();
      const first = await trial.post(user.token());
      let later = await trial.post(user.token());
      // Two sign-ins may fall into one millisecond, which is all that the timestamp tells.
      for (let more = 0; more < 20 && !isLater(later, first); more++) later = await trial.post(user.token());
      return judge(
        isFirstSignIn('the first token', first),
        isSeen('a new token', later),
        isOneMember('two sign-ins of one user', [first, later]),
        [
          isLater(later, first),
          `last_seen_at ${memberField(first, 'last_seen_at')}, after new tokens ${memberField(later, 'last_seen_at')}`,
        ],
        [memberField(first, 'created_at') === memberField(later, 'created_at'), 'created_at changed'],
      );
    },
  },
  'email-refreshes': {
    meaning: 'a new token takes over the e-mail address that WorkOS has now; a replay keeps the old one',
    needs: 'mint',
    async run(trial) {
      const user = trial.user();
      const oldToken = user.token();
      const first = await trial.post(oldToken);
      const renamed = `renamed-${user.email}`;
      user.changeEmail(renamed);
      const later = await trial.post(user.token());
      const replay = await trial.post(oldToken);
      return judge(
        isFirstSignIn('the first token', first),
        isSeen('a new token', later),
        isOneMember('before and after the change', [first, later]),
        [
          memberField(later, 'email') === renamed,
          `WorkOS has ${renamed}, the answer to a new token ${memberField(later, 'email')}`,
        ],
        isSameAnswer('the first token again', first, replay),
      );
    },
  },
} as const satisfies Record<string, Invariant>;

type Answer = Parameters<typeof memberField>[0];

function isLater(later: Answer, first: Answer): boolean {
  return memberField(later, 'last_seen_at') > memberField(first, 'last_seen_at');
}

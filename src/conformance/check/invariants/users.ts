/** The server uses the users of WorkOS at the time of the callback: their address, and whether they exist. */
import { isFirstSignIn, isOneMember, type isRefused, isSameAnswer, isSeen, memberField } from '../trial/claims.ts';
import type { TrialUser } from '../trial/trial.ts';
import { advised, type Claim, judge, must, should } from '../trial/verdict.ts';
import type { Invariant } from './invariant.ts';
import { refused } from './refused.ts';

const NOT_ASCII = /[^\x00-\x7f]/;

/** Addresses with what a template, a database or a column changes, if it does. */
const ADDRESSES: readonly ((local: string, domain: string) => string)[] = [
  (local, domain) => `renamed+tag-${local}@${domain}`,
  (local, domain) => `Capital-${local}@${domain}`,
  (local, domain) => `o'neil&co_x.y%41-${local}@${domain}`,
  (local, domain) => `zo\u00eb-\u65e5\u672c-\u{1f600}-${local}@${domain}`,
  (local, domain) => `${'long-'.repeat(6)}${local}@${'a-long-domain.'.repeat(7)}${domain}`,
];

export const USER_INVARIANTS = {
  'email-refreshes': {
    meaning:
      'a new token adopts the current e-mail address of WorkOS, not one of the token; a replay keeps the old one',
    needs: 'mint',
    async run(trial) {
      const user = trial.user();
      const foreign = { email: `other-${user.email}`, email_verified: true };
      const oldToken = user.token({ claims: foreign });
      const first = await trial.post(oldToken);
      const firstEmail = hasEmail('a first token that claims another address', first, user);
      const claims: Claim[] = [];
      const [local = '', domain = ''] = user.email.split('@');
      for (const address of ADDRESSES) {
        user.changeEmail(address(local, domain));
        const later = await trial.post(user.token({ claims: foreign }));
        if (later.status !== 200 && NOT_ASCII.test(user.email)) {
          claims.push(should(false, `an address beyond ASCII was answered with ${later.status}`, later));
          continue;
        }
        const claim = hasEmail('a new token', later, user);
        claims.push(isSeen('a new token', later), isOneMember('before and after the change', [first, later]));
        // An API may keep addresses in lower case.
        claims.push(memberField(later, 'email') === user.email.toLowerCase() ? advised(claim) : claim);
      }
      return judge(
        isFirstSignIn('the first token', first),
        firstEmail,
        ...claims,
        isSameAnswer('the first token again', first, await trial.post(oldToken)),
      );
    },
  },
  'removed-user-refused': {
    meaning: 'a user whom WorkOS no longer has is refused, also with a token that was accepted before',
    needs: 'mint',
    async run(trial) {
      const stranger = trial.user();
      const early = stranger.token();
      stranger.forget();
      const unknown = await refused(trial, 'a new user whom WorkOS does not have', early);

      const user = trial.user();
      const used = user.token();
      const unused = user.token();
      const first = await trial.post(used);
      user.forget();
      const replay = await refused(trial, 'a replay of a user who was removed', used);
      const fresh = await refused(trial, 'a new token of a user who was removed', unused);
      user.token(); // WorkOS knows the user again
      stranger.token();
      return judge(
        unknown,
        isFirstSignIn('the first token', first),
        replay,
        fresh,
        isSameAnswer('the first token, once the user is back,', first, await trial.post(used)),
        isSeen('the token that was refused, once the user is back,', await trial.post(unused)),
        isFirstSignIn('the same of the new user', await trial.post(early)),
      );
    },
  },
} as const satisfies Record<string, Invariant>;

function hasEmail(what: string, answer: Parameters<typeof isRefused>[1], { email }: TrialUser): Claim {
  const shown = memberField(answer, 'email');
  return must(shown === email, `WorkOS has ${email}, the answer to ${what} ${shown}`, answer);
}

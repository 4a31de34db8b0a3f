/** A user becomes one member with one secret, even if sign-ins arrive together, and later sign-ins update the member. */
import { member } from '../../../callback/token/json-object.ts';
import { differences } from '../../replay/difference.ts';
import type { CallbackAnswer } from '../../replay/send.ts';
import { isAccepted, isFirstSignIn, isOneMember, isSeen, memberField, secretOf } from '../trial/claims.ts';
import { type Claim, judge, must, should } from '../trial/verdict.ts';
import { instantsOf } from './instants.ts';
import type { Invariant } from './invariant.ts';
import { hasTheEvents, hasTheKey } from './shown-keys.ts';

/** Tokens of one new user that are sent together. */
const TOGETHER = 8;

/** Milliseconds: twenty of them are more than a second. */
const SHORT_PAUSE_MS = 60;

const MEMBER_SCOPES = ['publish', 'read', 'admin'];

export const SIGN_IN_INVARIANTS = {
  'one-member-per-user': {
    meaning: 'first sign-ins of one user that arrive together create one member in one workspace',
    needs: 'mint',
    concurrent: true,
    async run(trial) {
      const user = trial.user();
      const answers = await trial.postTogether(Array.from({ length: TOGETHER }, () => user.token()));
      const token = user.token();
      const later = await trial.post(token);
      const first = answers.find((answer) => secretOf(answer) !== null);
      return judge(
        ...answers.map((answer) => isAccepted('a first sign-in', answer)),
        ...(first === undefined ? [] : await hasTheKey(trial, token, first)),
        ...(first === undefined ? [] : await hasTheEvents(trial, token, first)),
        isOneMember(`${TOGETHER} first sign-ins and a later one`, [...answers, later]),
      );
    },
  },
  'one-secret-per-user': {
    meaning: 'exactly one of all sign-ins of a user shows a secret',
    needs: 'mint',
    concurrent: true,
    async run(trial) {
      const user = trial.user();
      // Some of one session, and some that have no other id.
      const sid = trial.id();
      const kinds = [{}, { sid }, { sid }, { jti: null }];
      const answers = await trial.postTogether(
        Array.from({ length: TOGETHER }, (_, index) => user.token(kinds[index % kinds.length])),
      );
      const later = [await trial.post(user.token()), await trial.post(user.token({ jti: null }))];
      const secrets = answers.filter((answer) => secretOf(answer) !== null).length;
      trial.later(async () => [isSeen('a token at the end of the run', await trial.post(user.token()))]);
      return judge(
        ...answers.map((answer) => isAccepted('a first sign-in', answer)),
        must(secrets === 1, `${secrets} of ${TOGETHER} first sign-ins show a secret`),
        ...later.map((answer) => isSeen('a later token', answer)),
      );
    },
  },
  'new-token-updates-seen': {
    meaning: 'a new token of a known user updates last_seen_at, for the same member and without a new key',
    needs: 'mint',
    async run(trial) {
      const user = trial.user();
      const first = await trial.post(user.token());
      user.changeEmail(`moved-${user.email}`);
      let later = await trial.post(user.token());
      // Two sign-ins may be in the same millisecond, or in the same second of a server that keeps whole seconds.
      for (let more = 0; more < 20 && !isLater(later, first); more++) {
        if (more > 0) await trial.pause(SHORT_PAUSE_MS);
        later = await trial.post(user.token());
      }
      const shown = `last_seen_at ${memberField(first, 'last_seen_at')}, after new tokens ${memberField(later, 'last_seen_at')}`;
      return judge(
        isFirstSignIn('the first token', first),
        ...hasScopes('the first answer', first),
        isSeen('a new token', later),
        ...hasScopes('the answer to a new token', later),
        isOneMember('two sign-ins of one user', [first, later]),
        must(isLater(later, first), shown, first, later),
        ...instantsOf(later, trial.now(), [['workspace_member', 'last_seen_at']]),
        keeps('workspace', first, later),
        must(
          memberField(first, 'created_at') === memberField(later, 'created_at'),
          `workspace_member.created_at ${memberField(first, 'created_at')} → ${memberField(later, 'created_at')}`,
        ),
      );
    },
  },
} as const satisfies Record<string, Invariant>;

function isLater(later: CallbackAnswer, first: CallbackAnswer): boolean {
  const [before, after] = [first, later].map((answer) => Date.parse(memberField(answer, 'last_seen_at')));
  return Number(after) > Number(before);
}

/** The workspace is created once, and a later sign-in does not change it. */
function keeps(name: string, first: CallbackAnswer, later: CallbackAnswer): Claim {
  const differing = differences(member(first.body, name), member(later.body, name));
  return must(differing.length === 0, `a new token changes the ${name}: ${differing.join('; ')}`, first, later);
}

/** Of the sign-in and of its member. */
export function hasScopes(what: string, answer: CallbackAnswer): readonly Claim[] {
  const { body } = answer;
  const places = {
    scopes: member(body, 'scopes'),
    'workspace_member.scopes': member(member(body, 'workspace_member'), 'scopes'),
  };
  return Object.entries(places).map(([place, shown]) => {
    const observed = `${place} of ${what}: ${JSON.stringify(shown) ?? 'nothing'}, not ${JSON.stringify(MEMBER_SCOPES)}`;
    const isShown = place === 'scopes' || shown !== undefined;
    return (isShown ? must : should)(differences(MEMBER_SCOPES, shown).length === 0, observed, answer);
  });
}

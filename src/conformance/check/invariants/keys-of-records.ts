/** The id of the record of a callback. Ids are compared exactly. */

import type { CallbackAnswer } from '../../replay/send.ts';
import { isAnotherCallback, isFirstSignIn, isOfUser, isOneMember, isSameAnswer, isSeen } from '../trial/claims.ts';
import type { Trial, TrialTokenOptions, TrialUser } from '../trial/trial.ts';
import { advised, type Claim, judge, must, should } from '../trial/verdict.ts';
import { ID_BASES } from './id-variants.ts';
import type { Invariant } from './invariant.ts';
import { issuedAgain, sessionsApart } from './records-apart.ts';
import { nearlyEqual, withAddressOfAnother, withClaimsOfAnother } from './users-apart.ts';

export const RECORD_KEY_INVARIANTS = {
  'jti-before-sid': {
    meaning: 'if a token has an id, that id is the idempotency key, whatever its session',
    needs: 'mint',
    async run(trial) {
      const user = trial.user();
      const [jti, sid] = [trial.id(), trial.id()];
      const first = await trial.post(user.token({ jti, sid }));
      const otherSession = await trial.post(user.token({ jti, sid: trial.id() }));
      const noSession = await trial.post(user.token({ jti, sid: null }));
      const otherToken = await trial.post(user.token({ jti: trial.id(), sid }));
      // A session id with the same text as a token id is a different key.
      const sameText = await trial.post(user.token({ jti: null, sid: jti }));
      return judge(
        isFirstSignIn('the first token', first),
        isSameAnswer('the same jti in another session', first, otherSession),
        isSameAnswer('the same jti without a session', first, noSession),
        isSeen('another jti in the same session', otherToken),
        isSeen('a session called as the jti was', sameText),
        ...(await issuedAgain(trial)),
        ...(await sessionsApart(trial)),
      );
    },
  },
  'sid-fallback': {
    meaning: 'if a token has no id, or a blank one, its session is the idempotency key',
    needs: 'mint',
    async run(trial) {
      const user = trial.user();
      const sid = trial.id();
      const issuedAt = Math.floor(trial.now() / 1000);
      const first = await trial.post(user.token({ jti: null, sid }));
      const later = await trial.post(user.token({ jti: null, sid, issuedAt: issuedAt - 1 }));
      const empty = await trial.post(user.token({ jti: '', sid }));
      const blank = await trial.post(user.token({ jti: '  ', sid }));
      const otherSession = await trial.post(user.token({ jti: null, sid: trial.id() }));
      return judge(
        isFirstSignIn('the first token', first),
        isSameAnswer('another token of the session', first, later),
        isSameAnswer('a token of the session with an empty jti', first, empty),
        advised(isSameAnswer('a token of the session with a blank jti', first, blank)),
        isSeen('a token of another session', otherSession),
      );
    },
  },
  'ids-compared-exactly': {
    meaning: 'ids that differ in one respect, such as case, blanks or the last of 255 characters, are two callbacks',
    needs: 'mint',
    async run(trial) {
      const claims: Claim[] = [];
      for (const name of ['jti', 'sid'] as const)
        for (const { base, variants } of ID_BASES) {
          const tail = trial.id();
          const ids = (id: string): TrialTokenOptions => (name === 'jti' ? { jti: id } : { jti: null, sid: id });
          claims.push(...(await differing(trial, name, base(tail), variants(tail), ids)));
        }
      return judge(...claims);
    },
  },
  'no-cross-user-replay': {
    meaning:
      'no user gets the answer or the member of another, with the same ids, a nearly equal user id, or an address that the other had',
    needs: 'mint',
    concurrent: true,
    async run(trial) {
      const ada = trial.user();
      return judge(
        ...(await together(trial, ada, trial.user())),
        ...(await inTurn(trial, trial.user(), (user) => `${user.slice(0, -1)}${user.endsWith('X') ? 'Y' : 'X'}`)),
        ...(await inTurn(trial, trial.user(), (user) => user.toLowerCase())),
        ...(await nearlyEqual(trial)),
        ...(await withAddressOfAnother(trial)),
        ...(await withClaimsOfAnother(trial)),
      );
    },
  },
} as const satisfies Record<string, Invariant>;

/** A target may refuse an unusual id. If it accepts the id, it must not confuse it with another. */
async function differing(
  trial: Trial,
  name: string,
  base: string,
  variants: Readonly<Record<string, string>>,
  ids: (id: string) => TrialTokenOptions,
): Promise<readonly Claim[]> {
  const user = trial.user();
  const first = await trial.post(user.token(ids(base)));
  const what = `a ${name} of ${[...base].length} characters`;
  const observed = `${what} was refused: ${first.status} ${first.code}`;
  if (first.status !== 200) return [should(false, observed, first), must(first.status < 500, observed, first)];
  // An id that is accepted is an id: another session does not matter.
  const again = await trial.post(user.token(ids(base)));
  const claims: Claim[] = [isFirstSignIn(what, first), isSameAnswer(`${what}, once more,`, first, again)];
  for (const [difference, id] of Object.entries(variants)) {
    const other = await trial.post(user.token(ids(id)));
    claims.push(isAnotherCallback(`a ${name} that differs ${difference}`, first, other));
  }
  return claims;
}

async function together(trial: Trial, ada: TrialUser, eve: TrialUser): Promise<readonly Claim[]> {
  const [jti, sid] = [trial.id(), trial.id()];
  const ids = { jti, sid };
  const [first, second] = await trial.postTogether([ada.token(ids), eve.token(ids)]);
  if (first === undefined || second === undefined) return [];
  const again = await trial.post(eve.token(ids));
  return [
    isFirstSignIn('one user', first),
    isFirstSignIn('another user with the same ids', second),
    isOfUser('one user', first, ada),
    isOfUser('another user with the same ids', second, eve),
    isSameAnswer('the second user again', second, again),
    ...(await inSession(trial, [ada, eve], sid)),
    isOneMember('the second user', [second, again]),
  ];
}

/** Two users with nearly equal ids, one after the other. */
async function inTurn(trial: Trial, ada: TrialUser, near: (id: string) => string): Promise<readonly Claim[]> {
  const eve = trial.user(near(ada.subject));
  const ids = { jti: trial.id(), sid: trial.id() };
  const first = await trial.post(ada.token(ids));
  const second = await trial.post(eve.token(ids));
  const what = 'a user whose id is nearly the same, with the same ids,';
  // An API may refuse an id that is not as WorkOS makes them.
  if (second.status === 401) return [isFirstSignIn('one user', first), should(false, `${what} was refused`, second)];
  return [
    isFirstSignIn('one user', first),
    isFirstSignIn(what, second),
    isOfUser(what, second, eve),
    ...(await inSession(trial, [ada, eve], trial.id())),
    isOfUser(`${what} once more`, await trial.post(eve.token(ids)), eve),
  ];
}

async function postInTurn(trial: Trial, tokens: readonly string[]): Promise<readonly CallbackAnswer[]> {
  const answers: CallbackAnswer[] = [];
  for (const token of tokens) answers.push(await trial.post(token));
  return answers;
}

async function inSession(trial: Trial, users: readonly TrialUser[], sid: string): Promise<readonly Claim[]> {
  const tokens = (sid: string) => users.map((user) => user.token({ jti: null, sid }));
  const answers = [...(await trial.postTogether(tokens(trial.id()))), ...(await postInTurn(trial, tokens(sid)))];
  return answers.map((answer, index) =>
    isOfUser('a user with the same session', answer, users[index % users.length] as TrialUser),
  );
}

/** A callback that comes again gets the same answer again, and nothing else happens. */
import type { Invariant } from '../invariant.ts';
import {
  cannotTell,
  isAccepted,
  isFirstSignIn,
  isOneMember,
  isSameAnswer,
  isSeen,
  judge,
  memberField,
} from '../judgement.ts';

export const REPLAY_INVARIANTS = {
  'replay-identical': {
    meaning: 'the same callback again gets the same status and the same bytes',
    needs: 'token',
    async run(trial) {
      const token = trial.token();
      const first = await trial.post(token);
      const second = await trial.post(token);
      const third = await trial.post(token);
      return judge(
        isAccepted('a good token', first),
        isSameAnswer('the second time', first, second),
        isSameAnswer('the third time', first, third),
      );
    },
  },
  'replay-changes-nothing': {
    meaning: 'a replay leaves e-mail, last_seen_at, keys and events as they were',
    needs: 'token',
    async run(trial) {
      const user = trial.canMint ? trial.user() : undefined;
      const token = user?.token() ?? trial.token();
      const first = await trial.post(token);
      const routes = ['/v1/web/workspace', '/v1/web/keys', '/v1/web/audit'];
      const show = () => Promise.all(routes.map((route) => trial.read(route, token)));
      const before = await show();
      if (before[0]?.status !== 200)
        return cannotTell(`the target answers ${before[0]?.status} to GET ${routes[0]}, where a change would show`);
      user?.changeEmail(`renamed-${user.email}`);
      for (let replay = 0; replay < 3; replay++) await trial.post(token);
      const after = await show();
      const changed = routes.filter(
        (_, index) => before[index]?.status === 200 && before[index].text !== after[index]?.text,
      );
      return judge(isAccepted('a good token', first), [
        changed.length === 0,
        `after three replays ${changed.map((route) => `GET ${route}`).join(' and ')} shows something else`,
      ]);
    },
  },
  'jti-before-sid': {
    meaning: 'the token id is the key when there is one, whatever the session',
    needs: 'mint',
    async run(trial) {
      const user = trial.user();
      const [jti, sid] = [trial.id(), trial.id()];
      const first = await trial.post(user.token({ jti, sid }));
      const otherSession = await trial.post(user.token({ jti, sid: trial.id() }));
      const otherToken = await trial.post(user.token({ jti: trial.id(), sid }));
      // A session id of the same text as a token id is another key.
      const sameText = await trial.post(user.token({ jti: null, sid: jti }));
      return judge(
        isFirstSignIn('the first token', first),
        isSameAnswer('the same jti in another session', first, otherSession),
        isSeen('another jti in the same session', otherToken),
        isSeen('a session called as the jti was', sameText),
      );
    },
  },
  'sid-fallback': {
    meaning: 'without a token id the session is the key; a blank token id is none',
    needs: 'mint',
    async run(trial) {
      const user = trial.user();
      const sid = trial.id();
      const issuedAt = Math.floor(trial.now() / 1000);
      const first = await trial.post(user.token({ jti: null, sid }));
      const later = await trial.post(user.token({ jti: null, sid, issuedAt: issuedAt - 1 }));
      const blank = await trial.post(user.token({ jti: '  ', sid }));
      const otherSession = await trial.post(user.token({ jti: null, sid: trial.id() }));
      return judge(
        isFirstSignIn('the first token', first),
        isSameAnswer('another token of the session', first, later),
        isSameAnswer('a token of the session with a blank jti', first, blank),
        isSeen('a token of another session', otherSession),
      );
    },
  },
  'concurrent-duplicates-agree': {
    meaning: 'duplicates that arrive together get one answer: the same bytes, at once or after 409 and Retry-After',
    needs: 'token',
    concurrent: true,
    async run(trial) {
      const token = trial.token();
      const [first, ...others] = await trial.postTogether(Array<string>(16).fill(token));
      if (first === undefined) return cannotTell('nothing was sent');
      const later = await trial.post(token);
      return judge(
        trial.canMint ? isFirstSignIn('a duplicate', first) : isAccepted('a duplicate', first),
        ...others.map((other) => isSameAnswer('a duplicate', first, other)),
        isSameAnswer('later', first, later),
      );
    },
  },
  'no-cross-user-replay': {
    meaning: 'the same token id or session id of another user is another callback: nobody gets another’s answer',
    needs: 'mint',
    concurrent: true,
    async run(trial) {
      const [ada, eve] = [trial.user(), trial.user()];
      const [jti, sid] = [trial.id(), trial.id()];
      const ids = { jti, sid };
      const [first, second] = await trial.postTogether([ada.token(ids), eve.token(ids)]);
      const again = await trial.post(eve.token(ids));
      const bySession = [
        await trial.post(ada.token({ jti: null, sid })),
        await trial.post(eve.token({ jti: null, sid })),
      ];
      if (first === undefined || second === undefined) return cannotTell('nothing was sent');
      const mine = (what: string, sent: typeof first, user: typeof ada) =>
        [memberField(sent, 'email') === user.email, `${what} got the answer of another user`] as const;
      return judge(
        isFirstSignIn('one user', first),
        isFirstSignIn('another user with the same ids', second),
        mine('one user', first, ada),
        mine('another user with the same ids', second, eve),
        isSameAnswer('the second user again', second, again),
        ...bySession.map((sent, index) => mine('a user with the same session', sent, index === 0 ? ada : eve)),
        isOneMember('the second user', [second, again]),
      );
    },
  },
} as const satisfies Record<string, Invariant>;

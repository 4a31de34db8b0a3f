/** A repeated callback gets the same answer and changes nothing. */
import { isAccepted, isFirstSignIn, isRefused, isSameAnswer, isSeen, secretOf } from '../trial/claims.ts';
import { MEMBER_ROUTES, WHOAMI, WORKSPACE } from '../trial/reading.ts';
import { shownTo, unchangedSince } from '../trial/showing.ts';
import { tampered } from '../trial/tampered.ts';
import type { Trial } from '../trial/trial.ts';
import { type Claim, cannotTell, judge, must, should } from '../trial/verdict.ts';
import type { Invariant } from './invariant.ts';

/** More than a record that counts its replays is likely to allow. */
const REPLAYS = 7;
const TOGETHER = 16;

export const REPLAY_INVARIANTS = {
  'replay-identical': {
    meaning: 'a repeated callback gets the same status and the same bytes',
    needs: 'token',
    async run(trial) {
      const user = trial.canMint ? trial.user() : undefined;
      const token = user?.token() ?? trial.token();
      const first = await trial.post(token);
      const claims = [isAccepted('a good token', first), ...(await replays(trial, 'a replay', token, first))];
      if (user === undefined) return judge(...claims);
      const other = user.token();
      const seen = await trial.post(other);
      return judge(
        ...claims,
        isSeen('a new token', seen),
        ...(await replays(trial, 'a replay of a later sign-in', other, seen)),
        isSameAnswer('the first token after a later sign-in', first, await trial.post(token)),
        ...(await whateverHappens(trial)),
      );
    },
  },
  'replay-changes-nothing': {
    meaning: 'a replay does not change the e-mail address, last_seen_at, keys or events',
    needs: 'token',
    async run(trial) {
      const user = trial.canMint ? trial.user() : undefined;
      const token = user?.token() ?? trial.token();
      const first = await trial.post(token);
      const accepted = isAccepted('a good token', first);
      if (!accepted.holds) return judge(accepted);
      await trial.readsHaveCaughtUp();
      const before = await shownTo(trial, token);
      const { status } = before.get(WORKSPACE) ?? {};
      if (status !== 200)
        return cannotTell(`the target answers ${status} to GET ${WORKSPACE}, where a change would show`);
      user?.changeEmail(`renamed-${user.email}`);
      for (let replay = 0; replay < 3; replay++) await trial.post(token);
      // A long run outlives the first token, and reads take any of the user.
      const unchanged = async () => unchangedSince('replays', before, await shownTo(trial, user?.token() ?? token));
      const claims = await unchanged();
      // The user of a given token is also used by other invariants.
      if (user !== undefined) trial.later(unchanged);
      return judge(accepted, ...claims);
    },
  },
  'concurrent-duplicates-agree': {
    meaning: 'duplicates that arrive together all get the same bytes, immediately or after 409 with Retry-After',
    needs: 'token',
    concurrent: true,
    async run(trial) {
      const user = trial.canMint ? trial.user() : undefined;
      const token = user?.token() ?? trial.token();
      const claims = await duplicates(trial, 'a duplicate', Array<string>(TOGETHER).fill(token), user !== undefined);
      if (user !== undefined) {
        claims.push(...(await ofOneId(trial)), ...(await besideBadTokens(trial)));
        const ids = { jti: trial.id(), sid: trial.id() };
        // Tokens with another text and the same id; their user is already known.
        const other = Array.from({ length: TOGETHER / 2 }, (_, index) =>
          user.token({ ...ids, claims: { copy: index } }),
        );
        const same = Array<string>(TOGETHER / 2).fill(user.token());
        for (const tokens of [other, same])
          claims.push(...(await duplicates(trial, 'a duplicate of a later sign-in', tokens, false)));
      }
      const unsaid = trial.deferred.find(({ headers }) => headers.retryAfter === undefined);
      return judge(...claims, should(unsaid === undefined, `${unsaid?.status} came without Retry-After`));
    },
  },
} as const satisfies Record<string, Invariant>;

/** The answer stays that of its token, whatever its user does in between. */
async function whateverHappens(trial: Trial): Promise<readonly Claim[]> {
  const user = trial.user();
  const token = user.token();
  const first = await trial.post(token);
  const secret = secretOf(first) ?? 'none';
  const happenings: Readonly<Record<string, () => Promise<unknown>>> = {
    'after reads of the dashboard': () => Promise.all(MEMBER_ROUTES.map((route) => trial.read(route, token))),
    'after its key was used': () => trial.read(WHOAMI, secret),
    'after a refused token of its user': () => trial.post(user.token({ expiresIn: -600 }), { isRepeated: false }),
    'after a later sign-in by a session': () => trial.post(user.token({ jti: null })),
    'after a change of the address': () => {
      user.changeEmail(`again-${user.email}`);
      return trial.post(user.token());
    },
  };
  const claims: Claim[] = [isFirstSignIn('a new user', first)];
  for (const [when, happen] of Object.entries(happenings)) {
    await happen();
    claims.push(isSameAnswer(`a replay ${when}`, first, await trial.post(token)));
  }
  return claims;
}

async function replays(
  trial: Trial,
  what: string,
  token: string,
  first: Parameters<typeof isSameAnswer>[1],
): Promise<readonly Claim[]> {
  const claims: Claim[] = [];
  for (let time = 1; time <= REPLAYS && claims.every(({ holds }) => holds); time++)
    claims.push(isSameAnswer(`${what}, number ${time},`, first, await trial.post(token)));
  return claims;
}

/** Tokens with another text and the same id are duplicates from the first sign-in on. Each is sent twice. */
async function ofOneId(trial: Trial): Promise<readonly Claim[]> {
  const claims: Claim[] = [];
  for (const [kind, jti] of [
    ['a token id', trial.id()],
    ['a session', null],
  ] as const) {
    const user = trial.user();
    const ids = { jti, sid: trial.id() };
    const copies = (from: number) =>
      Array.from({ length: TOGETHER / 2 }, (_, index) => user.token({ ...ids, claims: { copy: from + (index >> 1) } }));
    claims.push(...(await duplicates(trial, `a token of ${kind} that others have`, copies(0), true)));
    if (jti === null) ids.sid = trial.id();
    claims.push(
      ...(await duplicates(trial, `a later token of ${kind} that others have`, copies(TOGETHER), jti !== null)),
    );
  }
  return claims;
}

/** A bad token is refused, and a good one is not, while the other is under way. */
async function besideBadTokens(trial: Trial): Promise<readonly Claim[]> {
  const user = trial.user();
  const ids = { jti: trial.id(), sid: trial.id() };
  const good = user.token(ids);
  const bad = [
    ...tampered(good).map(([what, token]) => ({ what, token })),
    { what: 'an expired token', token: user.token({ ...ids, expiresIn: -600 }) },
    { what: 'a token of another client', token: user.token({ ...ids, faults: ['client-id-other'] }) },
  ];
  const pairs = bad.flatMap(({ what, token }) => [
    { what, token },
    { what: '', token: good },
  ]);
  const answers = await trial.postTogether(pairs.map(({ token }) => token));
  const first = await trial.post(good);
  return [
    isFirstSignIn('a good token beside bad ones', first),
    ...answers.map((answer, index) => {
      const { what } = pairs[index] ?? { what: '' };
      return what === ''
        ? isSameAnswer('a good token beside bad ones', first, answer)
        : isRefused(`${what}, while a good one with its ids is under way,`, answer);
    }),
  ];
}

async function duplicates(trial: Trial, what: string, tokens: readonly string[], isFirst: boolean): Promise<Claim[]> {
  const [first, ...others] = await trial.postTogether(tokens);
  if (first === undefined) return [];
  const later = await trial.post(tokens[0]);
  const secrets = new Set([first, ...others].map(secretOf));
  return [
    isFirst ? isFirstSignIn(what, first) : isAccepted(what, first),
    must(secrets.size === 1, `${tokens.length} duplicates got ${secrets.size} different secrets, or none`),
    ...others.map((other) => isSameAnswer(what, first, other)),
    isSameAnswer(`${what}, later,`, first, later),
  ];
}

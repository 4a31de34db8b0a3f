/** A refusal is a 401 and leaves no rows: the next valid token is a first sign-in. */
import { member } from '../../../callback/token/json-object.ts';
import { FAULTS, fitsAuthorizationHeader } from '../../../workos/tokens/faults.ts';
import type { CallbackAnswer } from '../../replay/send.ts';
import { isAccepted, isFirstSignIn, isRefused } from '../trial/claims.ts';
import { tampered, withHeader } from '../trial/tampered.ts';
import type { Trial, TrialTokenOptions, TrialUser } from '../trial/trial.ts';
import { advised, type Claim, judge, should, type Verdict } from '../trial/verdict.ts';
import { type BadClaims, badClaims, swappedCase } from './bad-claims.ts';
import { isRecommended } from './faults-expected.ts';
import type { Invariant } from './invariant.ts';
import { allRefused, type BadToken, refused } from './refused.ts';

const NO_ID_MESSAGE = 'missing WorkOS token_id or session_id';

export const REFUSAL_INVARIANTS = {
  'no-id-refused': {
    meaning: 'a token with neither jti nor sid is refused, with the message that clients match',
    needs: 'mint',
    run: (trial) =>
      refusedForIds(trial, [
        ['no jti, no sid', { jti: null, sid: null }],
        ['jti null, no sid', { jti: null, sid: null, claims: { jti: null } }],
      ]),
  },
  'blank-id-refused': {
    meaning: 'a blank id counts as absent: it neither identifies a callback nor shares a record',
    needs: 'mint',
    run: (trial) =>
      refusedForIds(trial, [
        ['an empty jti, no sid', { jti: '', sid: null }],
        ['no jti, an empty sid', { jti: null, sid: '' }],
        ['an empty jti and an empty sid', { jti: '', sid: '' }],
        ['a jti of spaces, no sid', { jti: '   ', sid: null }],
        ['no jti, a sid of spaces', { jti: null, sid: '   ' }],
        ['a jti and a sid of white space', { jti: '\t', sid: ' \u00a0 ' }],
      ]),
  },
  'bad-tokens-refused': {
    meaning:
      'forged, changed, expired and foreign tokens are refused with 401; they are never accepted or reported as an outage',
    needs: 'token',
    async run(trial) {
      if (!trial.canMint) return tamperedRefused(trial);
      const names = faultsWith(401).map(({ name }) => name);
      return judge(
        isRefused('no token at all', await trial.post(undefined)),
        ...(await refusedApart(trial, names, isRecommended, (user, name, ids) => ({
          what: name,
          token: user.token({ ...ids, faults: [name] }),
        }))),
        ...(await allRefused(trial, otherKids(trial))),
        ...(await goodSpellings(trial)),
      );
    },
  },
  'bad-claims-refused': {
    meaning: 'dates, issuers, clients and subjects that only resemble the right ones are refused with 401',
    needs: 'mint',
    async run(trial) {
      const isAdvice = ({ isAdvice = false }: BadClaims) => isAdvice;
      await expiresLater(trial);
      const nameless = await trial.post(trial.user().token({ claims: { client_id: undefined } }), {
        isRepeated: false,
      });
      return judge(
        ...(await refusedApart(
          trial,
          badClaims(trial, nameless.status === 200),
          isAdvice,
          (user, { what, optionsFor }, ids) => ({
            what,
            token: user.token({ ...ids, ...optionsFor(user) }),
          }),
        )),
      );
    },
  },
} as const satisfies Record<string, Invariant>;

/**
 * Each bad token before and after a good one that has its ids: a server may know the ids, and must judge the token all the
 * same. It may accept a token that is only recommended to be refused, so such tokens have another user.
 */
async function refusedApart<T>(
  trial: Trial,
  rows: readonly T[],
  isAdvice: (row: T) => boolean,
  tokenOf: (user: TrialUser, row: T, ids: TrialTokenOptions) => BadToken,
): Promise<readonly Claim[]> {
  const [user, odd] = [trial.user(), trial.user()];
  const of = (owner: TrialUser, wanted: boolean, ids: TrialTokenOptions = {}) =>
    rows
      .filter((row) => isAdvice(row) === wanted)
      .map((row) => tokenOf(owner, row, ids))
      .filter(({ token }) => fitsAuthorizationHeader(token));
  const claims = await allRefused(trial, of(user, false));
  const ids = { jti: trial.id(), sid: trial.id() };
  const good = user.token(ids);
  const accepted = isFirstSignIn('a good token after bad ones', await trial.post(good));
  const again = [...of(user, false, ids), ...tampered(good).map(([what, token]) => ({ what, token }))];
  const known = again.map(({ what, token }) => ({ what: `${what}, with the ids of an accepted token,`, token }));
  return [
    ...claims,
    accepted,
    ...(await allRefused(trial, known)),
    ...(await allRefused(trial, of(odd, true))).map(advised),
  ];
}

const SHORT_LIFE_SECONDS = 2;

/** A token that was accepted is refused after its end, however well it is known. A tolerant clock may accept it still. */
async function expiresLater(trial: Trial): Promise<void> {
  const token = trial.user().token({ expiresIn: SHORT_LIFE_SECONDS });
  const end = trial.now() + SHORT_LIFE_SECONDS * 1000;
  const { status } = await trial.post(token, { isRepeated: false });
  // On a busy machine, the token may have come too late.
  if (status !== 200) return;
  trial.later(async () => {
    await trial.pause(Math.max(0, end - trial.now()));
    return [advised(await refused(trial, 'a token that was accepted, after its exp', token))];
  });
}

function faultsWith(status: number): typeof FAULTS {
  return FAULTS.filter(({ expected }) => (typeof expected === 'function' ? 401 : expected.status) === status);
}

/** A server that uses its first key for an unknown kid accepts the first, and one that compares kids loosely the others. */
function otherKids(trial: Trial): readonly BadToken[] {
  const { kid, privateKey } = trial.minter().keyring.signingKey();
  const user = trial.user();
  const named = (what: string, name: unknown): BadToken => ({
    what: `a kid ${what}`,
    token: withHeader(user.token({ kid }), { kid: name }, privateKey),
  });
  return [
    { what: 'kid-unknown, signed by the first key', token: user.token({ faults: ['kid-unknown'], kid }) },
    named('with more behind it', `${kid}0`),
    named('without its last character', kid.slice(0, -1)),
    named('in another case', swappedCase(kid)),
    named('in a list', [kid]),
    named('with a blank before it', ` ${kid}`),
  ];
}

/** Unusual tokens that are valid. */
async function goodSpellings(trial: Trial): Promise<readonly Claim[]> {
  const claims: Claim[] = [];
  for (const { name, summary } of faultsWith(200)) {
    const token = trial.user().token({ faults: [name] });
    const answer = await trial.post(token, { isRepeated: false });
    claims.push(
      should(
        isAccepted(summary, answer).holds,
        `${name} (${summary}) was refused: ${answer.status} ${answer.code}`,
        answer,
      ),
    );
  }
  return claims;
}

async function tamperedRefused(trial: Trial): Promise<Verdict> {
  const good = trial.token();
  const bad = tampered(good).map(([what, token]) => ({ what, token }));
  return judge(
    ...(await allRefused(trial, bad)),
    isAccepted('the token that they were made of', await trial.post(good)),
  );
}

/** An API that accepts white space as an id gets only a recommendation. */
async function refusedForIds(trial: Trial, cases: readonly (readonly [what: string, ids: TrialTokenOptions])[]) {
  const user = trial.user();
  const isWhite = ({ jti, sid }: TrialTokenOptions) => [jti, sid].some((id) => id != null && id !== '');
  const claims: Claim[] = [];
  let hasSignedIn = false;
  for (const [what, ids] of cases) {
    const answer = await trial.post(user.token(ids), { isRepeated: false });
    hasSignedIn ||= isWhite(ids) && answer.status === 200;
    const claim = isRefused(what, answer);
    claims.push(isWhite(ids) ? advised(claim) : claim, hasMessage(what, answer));
  }
  const good = await trial.post(user.token());
  return judge(
    ...claims,
    hasSignedIn
      ? isAccepted('a good token of the same user', good)
      : isFirstSignIn('a good token of the same user', good),
  );
}

function hasMessage(what: string, answer: CallbackAnswer): Claim {
  const message = String(member(member(answer.body, 'error'), 'message'));
  const shown = `${what} is refused with the message ${JSON.stringify(message.slice(0, 100))}, not ${JSON.stringify(NO_ID_MESSAGE)}`;
  return should(answer.status !== 401 || message === NO_ID_MESSAGE, shown, answer);
}

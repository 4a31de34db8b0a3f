/** Reads judge their credential as the callback does. */
import { member } from '../../../callback/token/json-object.ts';
import { fitsAuthorizationHeader } from '../../../workos/tokens/faults.ts';
import { type Asked, jsonOf } from '../trial/asking.ts';
import { isAccepted, isFirstSignIn, isSeen, secretOf } from '../trial/claims.ts';
import { MEMBER_ROUTES, WORKSPACE } from '../trial/reading.ts';
import { shownTo } from '../trial/showing.ts';
import { tampered } from '../trial/tampered.ts';
import type { Trial, TrialTokenOptions, TrialUser } from '../trial/trial.ts';
import { type Claim, cannotTell, judge, must, should } from '../trial/verdict.ts';
import { badClaims } from './bad-claims.ts';
import type { Invariant } from './invariant.ts';
import type { BadToken } from './refused.ts';
import { sharedClaims } from './users-apart.ts';

/** Refused before the signature, for the signature, and for claims. */
const FAULTS = [
  'two-parts',
  'kid-unknown',
  'signature-other-key',
  'alg-none',
  'iss-other',
  'client-id-other',
  'exp-missing',
];

export const READ_VERIFIED_INVARIANTS = {
  'reads-verified': {
    meaning: 'reads are refused with 401 without a good access token, and with 403 for a user without a member',
    needs: 'mint',
    async run(trial) {
      const user = trial.user();
      const token = user.token();
      const first = await trial.post(token);
      const shown = await trial.readUntil(WORKSPACE, token, ({ status }) => status === 200 || status === 404);
      if (shown.status === 404) return cannotTell(`the target answers 404 to GET ${WORKSPACE}`);
      const routes = [...(await shownTo(trial, token))]
        .filter(([, { status }]) => status === 200)
        .map(([route]) => route);
      const used = trial.id();
      const claims: Claim[] = [isFirstSignIn('a new user', first)];
      for (const { what, token: bad } of badTokens(trial, user, token, { jti: used }))
        claims.push(isRefusal(`GET ${WORKSPACE} with ${what}`, await trial.read(WORKSPACE, bad)));
      for (const route of routes) claims.push(...(await isClosed(trial, route, user, secretOf(first))));
      // A read that was refused says nothing about a later callback with the same id.
      claims.push(
        isSeen('a good token with the id of bad ones that reads refused', await trial.post(user.token({ jti: used }))),
      );
      return judge(...claims, ...(await toStrangers(trial, routes)), ...(await toOthersLike(trial, routes)));
    },
  },
} as const satisfies Record<string, Invariant>;

function badTokens(trial: Trial, user: TrialUser, good: string, ids: TrialTokenOptions): readonly BadToken[] {
  // A subject that names no user may be refused as one without a member.
  const ofClaims = badClaims(trial).filter(({ what, isAdvice = false }) => !isAdvice && !/^(?:the )?sub/.test(what));
  return [
    ...FAULTS.map((fault) => ({ what: fault, token: user.token({ ...ids, faults: [fault] }) })),
    ...tampered(good).map(([what, token]) => ({ what, token })),
    ...ofClaims.map(({ what, optionsFor }) => ({ what, token: user.token({ ...ids, ...optionsFor(user) }) })),
  ].filter(({ token }) => fitsAuthorizationHeader(token));
}

/** Each route has its own guard, which may be missing. */
async function isClosed(trial: Trial, route: string, user: TrialUser, key: string | null): Promise<readonly Claim[]> {
  const credentials: Readonly<Record<string, string | undefined>> = {
    'no credential': undefined,
    'a token of another key': user.token({ faults: ['signature-other-key'] }),
    'an expired token': user.token({ expiresIn: -600 }),
    'a token of another client': user.token({ faults: ['client-id-other'] }),
    ...(key === null ? {} : { 'an API key': key }),
  };
  const claims: Claim[] = [];
  for (const [what, credential] of Object.entries(credentials))
    claims.push(isRefusal(`GET ${route} with ${what}`, await trial.read(route, credential)));
  return claims;
}

function isRefusal(what: string, { status, text, headers }: Asked): Claim {
  const code = codeOf(text);
  const type = headers['content-type'] ?? 'no media type';
  const holds = status === 401 && code === 'not_authenticated' && /^application\/json\b/i.test(type);
  return must(holds, `${what} was answered with ${status} ${code ?? 'without an error code'}, as ${type}`);
}

/** A user without a member: a read neither shows one nor makes one. */
async function toStrangers(trial: Trial, routes: readonly string[]): Promise<readonly Claim[]> {
  const stranger = trial.user();
  const token = stranger.token();
  const claims: Claim[] = [];
  for (const route of MEMBER_ROUTES.filter((one) => routes.includes(one))) {
    const { status, text, headers } = await trial.read(route, token);
    const code = codeOf(text);
    const type = headers['content-type'] ?? 'no media type';
    const observed = `GET ${route} of a user who never signed in was answered with ${status} ${code ?? 'without an error code'}, as ${type}`;
    claims.push(must(status === 403 && code === 'forbidden' && /^application\/json\b/i.test(type), observed));
  }
  const first = await trial.post(token);
  return [...claims, isFirstSignIn('the same user afterwards', first), isAccepted('the token of those reads', first)];
}

/** A member is shown to the own subject alone, whatever else the token of another has in common. */
async function toOthersLike(trial: Trial, routes: readonly string[]): Promise<readonly Claim[]> {
  const user = trial.user();
  const options = { jti: trial.id(), sid: trial.id(), claims: sharedClaims(trial) };
  const token = user.token(options);
  const first = await trial.post(token);
  await trial.readUntil(WORKSPACE, token, ({ status }) => status === 200);
  const others = {
    'with the ids and claims of a member': trial.user(),
    'whose id is that of a member in another case': trial.user(user.subject.toLowerCase()),
    'whose id begins as that of a member': trial.user(`${user.subject.slice(0, -3)}XYZ`),
  };
  const claims: Claim[] = [isFirstSignIn('a new user', first)];
  for (const [what, other] of Object.entries(others))
    for (const route of routes) {
      const { status } = await trial.read(route, other.token(options));
      const observed = `GET ${route} of a user ${what} was answered with ${status}`;
      claims.push(must(status !== 200, observed), should(status === 403, observed));
    }
  return claims;
}

function codeOf(text: string): string | undefined {
  const code = member(member(jsonOf(text), 'error'), 'code');
  return typeof code === 'string' ? code : undefined;
}

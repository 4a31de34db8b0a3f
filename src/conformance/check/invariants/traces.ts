/** A refused callback leaves no trace, on any route. */
import { isFirstSignIn, isSeen, memberField } from '../trial/claims.ts';
import { shownTo, unchangedSince } from '../trial/showing.ts';
import type { Trial, TrialTokenOptions, TrialUser } from '../trial/trial.ts';
import { type Claim, judge, must } from '../trial/verdict.ts';
import type { Invariant } from './invariant.ts';
import { allRefused } from './refused.ts';

/** Refused at different points: before the signature, for the signature, for a claim, for its dates. */
const FAULTS = ['two-parts', 'kid-unknown', 'signature-other-key', 'iss-other', 'client-id-other', 'exp-missing'];
const LONG_AGO = { expiresIn: -600 } satisfies TrialTokenOptions;

export const TRACE_INVARIANTS = {
  'refused-leaves-nothing': {
    meaning: 'a refused callback leaves no member, key or record behind, and changes none',
    needs: 'mint',
    run: async (trial) => judge(...(await ofNewUser(trial)), ...(await ofKnownUser(trial))),
  },
} as const satisfies Record<string, Invariant>;

function badTokens(trial: Trial, user: TrialUser, ids: TrialTokenOptions) {
  const now = Math.floor(trial.now() / 1000);
  return [
    ...FAULTS.map((fault) => ({ what: fault, token: user.token({ ...ids, faults: [fault] }) })),
    { what: 'an expired token', token: user.token({ ...ids, ...LONG_AGO }) },
    { what: 'a token that is not yet good', token: user.token({ ...ids, notBefore: now + 3600, expiresIn: 7200 }) },
    { what: 'a token without ids', token: user.token({ jti: null, sid: null }) },
    {
      what: 'an expired token with another address',
      token: user.token({ ...ids, ...LONG_AGO, claims: { email: `foreign-${user.email}`, email_verified: true } }),
    },
  ];
}

async function ofNewUser(trial: Trial): Promise<readonly Claim[]> {
  const user = trial.user();
  const ids = { jti: trial.id(), sid: trial.id() };
  const claims = await allRefused(trial, badTokens(trial, user, ids));
  // A long run outlives a token, so each is made when it is sent.
  const isUnknown = async (): Promise<readonly Claim[]> => {
    const shown = await shownTo(trial, user.token(ids));
    return [...shown].map(([route, { status }]) =>
      must(status !== 200, `after refused tokens of a new user, GET ${route} answers 200: a member is there`),
    );
  };
  // Reads may be delayed, so they are compared twice. A record of a refused token would be found by its ids.
  trial.later(async () => [
    ...(await isUnknown()),
    isFirstSignIn('a good token after refused ones', await trial.post(user.token(ids), { isRepeated: false })),
  ]);
  return [...claims, ...(await isUnknown())];
}

async function ofKnownUser(trial: Trial): Promise<readonly Claim[]> {
  const user = trial.user();
  const token = user.token();
  const first = await trial.post(token);
  await trial.readsHaveCaughtUp();
  const before = await shownTo(trial, token);
  user.changeEmail(`refused-${user.email}`);
  const ids = { jti: trial.id(), sid: trial.id() };
  const claims = await allRefused(trial, badTokens(trial, user, ids));
  const unchanged = async () => unchangedSince('refused tokens', before, await shownTo(trial, user.token()));
  trial.later(unchanged);
  // A valid token of the user changes the reads, so it is sent last.
  trial.later(async () => {
    const answer = await trial.post(user.token(ids), { isRepeated: false });
    const observed = 'a good token with the ids of refused ones got an answer of an earlier time';
    const isNew = must(memberField(answer, 'email') === user.email, observed, answer);
    return [isSeen('a good token with the ids of refused ones', answer), isNew];
  });
  return [isFirstSignIn('a known user', first), ...claims, ...(await unchanged())];
}

/** Tokens that share an id or a session, or whose ids look like the key of a record. */
import { claimsOf } from '../../replay/claims.ts';
import { isAnotherCallback, isFirstSignIn, isSameAnswer, isSeen } from '../trial/claims.ts';
import type { Trial, TrialTokenOptions, TrialUser } from '../trial/trial.ts';
import { advised, type Claim } from '../trial/verdict.ts';

/** A token that is issued again with the same id may differ in everything else. */
export async function issuedAgain(trial: Trial): Promise<readonly Claim[]> {
  const user = trial.user();
  const ids = { jti: trial.id(), sid: trial.id() };
  const now = Math.floor(trial.now() / 1000);
  const { iss, client_id } = claimsOf(user.token()) ?? {};
  const issuer = String(iss);
  const first = await trial.post(user.token(ids));
  const again: Readonly<Record<string, TrialTokenOptions>> = {
    'issued a minute ago': { issuedAt: now - 60 },
    'that lives longer': { expiresIn: 600 },
    'of an organization': { claims: { org_id: `org_${trial.id()}`, role: 'admin' } },
    'with another address': { claims: { email: `other-${user.email}` } },
    'with azp instead of client_id': { claims: { client_id: undefined, azp: client_id } },
    'with azp as well': { claims: { azp: client_id } },
    'of another aud': { claims: { aud: 'https://api.example.com' } },
  };
  const claims: Claim[] = [isFirstSignIn('a token', first)];
  for (const [what, options] of Object.entries(again))
    claims.push(
      isSameAnswer(`the same id in a token ${what}`, first, await trial.post(user.token({ ...ids, ...options }))),
    );
  // An API may compare the issuer as it is.
  const slashed = { claims: { iss: issuer.endsWith('/') ? issuer.slice(0, -1) : `${issuer}/` } };
  const other = await trial.post(user.token({ ...ids, ...slashed }));
  const claim = isSameAnswer('the same id in a token with a slash after the issuer, or without it,', first, other);
  return [...claims, other.status === 200 ? claim : advised(claim)];
}

/** A record of a session is not that of a token in it, whichever came first, and whatever text an id resembles. */
export async function sessionsApart(trial: Trial): Promise<readonly Claim[]> {
  const claims: Claim[] = [];
  for (const sessionFirst of [true, false]) {
    const user = trial.user();
    const sid = trial.id();
    const pair: TrialTokenOptions[] = [{ jti: null, sid }, { sid }];
    const [first, second] = sessionFirst ? pair : pair.reverse();
    const answer = await trial.post(user.token(first));
    const other = await trial.post(user.token(second));
    const names = ['a token without an id', 'a token with an id of the same session'];
    const [one, two] = sessionFirst ? names : names.reverse();
    claims.push(isFirstSignIn(one ?? '', answer), isSeen(`${two}, after ${one},`, other));
  }
  for (const prefix of ['workos-session:', 'session:', 'sid:', 'workos-jti:', 'jti:']) {
    const user = trial.user();
    const id = trial.id();
    const first = await trial.post(user.token({ jti: null, sid: id }));
    const asToken = await trial.post(user.token({ jti: `${prefix}${id}`, sid: null }));
    const asSession = await trial.post(user.token({ jti: null, sid: `${prefix}${id}` }));
    claims.push(isFirstSignIn('the first token of a session', first));
    claims.push(isAnotherCallback(`a jti that is the session after ${prefix}`, first, asToken));
    claims.push(isAnotherCallback(`a session that is the other after ${prefix}`, first, asSession));
  }
  const [user, eve] = [trial.user(), trial.user()];
  const nulls = async (owner: TrialUser) => trial.post(owner.token({ sid: trial.id(), claims: { jti: null } }));
  const [first, second] = [await nulls(user), await nulls(user)];
  const jti = trial.id();
  const token = await trial.post(eve.token({ jti, sid: null }));
  const called = await trial.post(eve.token({ jti: null, sid: `workos-jti:${jti}` }));
  return [
    ...claims,
    isFirstSignIn('a token with jti null', first),
    isSeen('a token with jti null in another session', second),
    isFirstSignIn('a token without a session', token),
    isAnotherCallback('a session called as the record of a jti', token, called),
  ];
}

/** Claims that are not looked at, or looked at in another way than the contract says. */
import { CLAIMS } from '../api/correct.ts';
import type { ClaimCheck, Rules } from '../api/rules.ts';
import { lapses, type Mistake, mistakes } from './operator.ts';

const skips = (claim: string) => changes(claim, () => true);

function changes(claim: string, check: ClaimCheck): (rules: Rules) => Partial<Rules> {
  return ({ claims }) => ({ claims: { ...claims, [claim]: check } });
}

const text = (value: unknown) => (typeof value === 'string' ? value : '');
const bare = (issuer: string) => issuer.replace(/\/+$/, '');

export const CLAIM_MISTAKES: readonly Mistake[] = [
  ...mistakes('a claim is not looked at', {
    'exp is not looked at': skips('exp'),
    'nbf is not looked at': skips('nbf'),
    'the issuer is not looked at': skips('iss'),
    'the client is not looked at': skips('client'),
  }),
  ...mistakes('a date is read loosely', {
    'a token without exp never expires': changes(
      'exp',
      (claims, with_) => claims.exp === undefined || CLAIMS.exp(claims, with_),
    ),
    'exp null never expires': changes('exp', (claims, with_) => claims.exp === null || CLAIMS.exp(claims, with_)),
    'exp may be a text': changes('exp', ({ exp }, { now }) => Number(exp) > now),
    'exp of yesterday is near enough': changes('exp', ({ exp }, { now }) => Number(exp) > now - 86_400),
    'exp of ten minutes ago is near enough': changes('exp', ({ exp }, { now }) => Number(exp) > now - 600),
    'a negative exp counts as absent': changes(
      'exp',
      (claims, with_) => Number(claims.exp) < 0 || CLAIMS.exp(claims, with_),
    ),
    'nbf in two hours is near enough': changes(
      'nbf',
      ({ nbf }, { now }) => nbf === undefined || Number(nbf) < now + 7200,
    ),
    'nbf is compared with exp': changes('nbf', ({ nbf, exp }) => nbf === undefined || Number(nbf) < Number(exp)),
  }),
  ...mistakes('an issuer is compared loosely', {
    'a host that begins with the issuer': changes('iss', ({ iss }, { issuer }) => text(iss).startsWith(bare(issuer))),
    'any text with the issuer in it': changes('iss', ({ iss }, { issuer }) => text(iss).includes(bare(issuer))),
    'a list with the issuer in it': changes('iss', ({ iss }, { issuer }) => [iss].flat().includes(issuer)),
    'the case of the issuer does not count': changes(
      'iss',
      ({ iss }, { issuer }) => bare(text(iss)).toLowerCase() === bare(issuer).toLowerCase(),
    ),
    'a token without issuer is ours': changes(
      'iss',
      (claims, with_) => claims.iss === undefined || CLAIMS.iss(claims, with_),
    ),
    'iss null is ours': changes('iss', (claims, with_) => claims.iss === null || CLAIMS.iss(claims, with_)),
    'the host alone counts': changes(
      'iss',
      ({ iss }, { issuer }) => URL.canParse(text(iss)) && new URL(text(iss)).host === new URL(issuer).host,
    ),
    'any AuthKit domain is ours': changes(
      'iss',
      (claims, with_) => /^https:\/\/[\w-]+\.authkit\.app$/.test(text(claims.iss)) || CLAIMS.iss(claims, with_),
    ),
  }),
  ...mistakes('a client is compared loosely', {
    'azp alone does not count': changes(
      'client',
      (claims, with_) => claims.client_id === undefined || CLAIMS.client(claims, with_),
    ),
    'client_id is not compared, azp is': changes(
      'client',
      ({ azp }, { clientId }) => azp === undefined || azp === clientId,
    ),
    'any client of the same form': changes('client', ({ client_id, azp }) =>
      /^client_\w+$/.test(text(client_id ?? azp)),
    ),
    'aud of another client will do': changes(
      'client',
      (claims, with_) => typeof claims.aud === 'string' || CLAIMS.client(claims, with_),
    ),
  }),
  ...lapses('a claim that is only recommended', {
    'iat in an hour is accepted': skips('iat'),
    'a token of no client is accepted': changes(
      'client',
      (claims, with_) => (claims.client_id ?? claims.azp ?? claims.aud) === undefined || CLAIMS.client(claims, with_),
    ),
  }),
];

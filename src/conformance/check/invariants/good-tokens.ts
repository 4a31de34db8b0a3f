/** Tokens that the contract allows, in forms that real ones have. */
import { member } from '../../../callback/token/json-object.ts';
import { claimsOf } from '../../replay/claims.ts';
import type { CallbackAnswer } from '../../replay/send.ts';
import { isFirstSignIn, isOfUser } from '../trial/claims.ts';
import type { Trial, TrialTokenOptions, TrialUser } from '../trial/trial.ts';
import { advised, type Claim, judge, should } from '../trial/verdict.ts';
import { instantsOf } from './instants.ts';
import type { Invariant } from './invariant.ts';
import { hasScopes } from './sign-ins.ts';

type Good = readonly [what: string, options: TrialTokenOptions, isAdvice?: true];

export const GOOD_TOKEN_INVARIANTS = {
  'good-tokens-accepted': {
    meaning:
      'a good token is accepted whatever other claims it has, for as long as it lives, and with azp instead of client_id',
    needs: 'mint',
    async run(trial) {
      const claims: Claim[] = [];
      for (const [what, options, isAdvice] of goodTokens(trial)) {
        // The life of the token is not that of other tokens, so it is not sent again at the end.
        const user = trial.user();
        const answer = await trial.post(user.token(options), { isRepeated: false });
        const claim = isFirstSignIn(what, answer);
        claims.push(isAdvice ? advised(claim) : claim);
        if (claim.holds) claims.push(...saysNothingOfItself(what, answer, user, trial.now()));
      }
      return judge(...claims);
    },
  },
} as const satisfies Record<string, Invariant>;

/** Address, scopes, name and times are those of the sign-in, whatever the token says. */
function saysNothingOfItself(what: string, answer: CallbackAnswer, user: TrialUser, now: number): readonly Claim[] {
  const wanted = `${user.email.split('@')[0]}'s Workspace`;
  const name = member(member(answer.body, 'workspace'), 'name');
  return [
    isOfUser(what, answer, user),
    ...hasScopes(`the answer to ${what}`, answer),
    // Their form is judged once.
    ...instantsOf(answer, now).filter(({ isAdvice = false }) => !isAdvice),
    should(name === wanted, `the workspace after ${what} is called ${JSON.stringify(name)}, not "${wanted}"`, answer),
  ];
}

function goodTokens(trial: Trial): readonly Good[] {
  const now = Math.floor(trial.now() / 1000);
  const { iss, client_id } = claimsOf(trial.user().token()) ?? {};
  const issuer = String(iss);
  const claims = (values: Readonly<Record<string, unknown>>): TrialTokenOptions => ({ claims: values });
  const permissions = Array.from({ length: 60 }, (_, index) => `resource-${index}:read-and-write`);
  return [
    ['a token of an organization', claims({ org_id: `org_${trial.id()}`, role: 'admin', roles: ['admin', 'member'] })],
    [
      'a token with permissions',
      claims({ permissions: ['a:read'], entitlements: ['audit-logs'], feature_flags: ['x'] }),
    ],
    ['a token of a role and a scope', claims({ role: 'member', scope: 'openid profile', name: 'Ada' })],
    ['a token of an impersonator', claims({ act: { sub: 'support@example.com' } })],
    ['a token with auth_time', claims({ auth_time: now - 7200 })],
    ['a token with an unknown claim', claims({ 'urn:example:plan': 'pro', custom: { deep: [1, null] }, x_trace: 'a' })],
    [
      'a token with names and an address',
      claims({ name: 'Ada Löwe', email: 'ada@example.com', email_verified: false }),
    ],
    ['a token whose aud is an API', claims({ aud: 'https://api.example.com' })],
    ['a token with several aud', claims({ aud: ['https://api.example.com', 'other'] })],
    ['a token with azp and no client_id', claims({ client_id: undefined, azp: client_id })],
    ['a token with equal client_id and azp', claims({ azp: client_id })],
    [
      'a token whose issuer has a slash at its end, or has it no more',
      claims({ iss: issuer.endsWith('/') ? issuer.slice(0, -1) : `${issuer}/` }),
      true,
    ],
    ['a token with nbf in the past', { notBefore: now - 120 }],
    ['a token that was issued two minutes ago', { issuedAt: now - 120, expiresIn: 300 }],
    ['a token that lives for two hours', { expiresIn: 7200 }],
    ['a token that lives for a day', { expiresIn: 86_400 }],
    ['a token of 2,500 characters', claims({ permissions })],
    ['a token without a session', { sid: null }],
    ['a token without iat', claims({ iat: undefined }), true],
    ['a token whose exp has a fraction', claims({ exp: now + 300.5 }), true],
    ['a token of 5,000 characters', claims({ permissions: [...permissions, ...permissions] }), true],
    ['a token that expires after 2038', { expiresIn: 2 ** 31 - now + 86_400 }, true],
  ];
}

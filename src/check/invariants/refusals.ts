/** What is refused is refused as 401, and leaves nothing: the next good token is a first sign-in. */
import { member } from '../../replay/answer.ts';
import type { Sent } from '../../replay/send.ts';
import type { Invariant } from '../invariant.ts';
import { type Claim, isAccepted, isFirstSignIn, isRefused, judge } from '../judgement.ts';
import { tampered } from '../tampered.ts';
import type { TokenOptions, Trial } from '../trial.ts';

const NO_ID_MESSAGE = 'missing WorkOS token_id or session_id';

/** Faults that every verifier of AuthKit tokens must see, however strict it is otherwise (contract §1, step 1). */
const BAD_TOKENS = [
  'two-parts',
  'alg-none',
  'alg-none-signed',
  'hs256-spki-pem',
  'hs256-modulus',
  'rs512',
  'ps256',
  'es256',
  'kid-unknown',
  'jwk-foreign',
  'signature-bit',
  'signature-cut',
  'signature-zero',
  'signature-other-key',
  'payload-modified',
  'payload-not-json',
  'expired',
  'exp-missing',
  'iss-other',
  'iss-missing',
  'client-id-other',
  'azp-other',
  'sub-missing',
];

export const REFUSAL_INVARIANTS = {
  'no-id-refused': {
    meaning: 'a token with neither jti nor sid is refused, with the message that clients match',
    needs: 'mint',
    run: (trial) => refusedForIds(trial, [['no jti, no sid', { jti: null, sid: null }]]),
  },
  'blank-id-refused': {
    meaning: 'blank ids are no ids: they neither identify a callback nor share a record',
    needs: 'mint',
    run: (trial) =>
      refusedForIds(trial, [
        ['an empty jti, no sid', { jti: '', sid: null }],
        ['a jti of spaces, no sid', { jti: '   ', sid: null }],
        ['no jti, an empty sid', { jti: null, sid: '' }],
        ['a jti and a sid of white space', { jti: '\t', sid: ' \u00a0 ' }],
      ]),
  },
  'refused-leaves-nothing': {
    meaning: 'a refused callback leaves no member, no key and no record',
    needs: 'mint',
    async run(trial) {
      const user = trial.user();
      const faults = ['expired', 'signature-other-key', 'client-id-other', 'iss-other'];
      const claims: Claim[] = [];
      for (const fault of faults) claims.push(isRefused(fault, await trial.post(user.token({ faults: [fault] }))));
      const good = await trial.post(user.token());

      const stranger = trial.user();
      const token = stranger.token();
      stranger.forget();
      const unknown = await trial.post(token);
      stranger.token(); // WorkOS knows the user again
      const known = await trial.post(token);
      return judge(
        ...claims,
        isFirstSignIn('a good token after refused ones', good),
        isRefused('a user whom WorkOS does not know', unknown),
        isFirstSignIn('the same token once WorkOS knows the user', known),
      );
    },
  },
  'bad-tokens-refused': {
    meaning: 'forged, changed, expired and foreign tokens are refused with 401, never accepted, never an outage',
    needs: 'token',
    async run(trial) {
      if (!trial.canMint) {
        const good = trial.token();
        const claims: Claim[] = [];
        for (const [what, token] of tampered(good)) claims.push(isRefused(what, await trial.post(token)));
        return judge(...claims, isAccepted('the token that they were made of', await trial.post(good)));
      }
      const user = trial.user();
      const claims: Claim[] = [isRefused('no token at all', await trial.post(undefined))];
      for (const fault of BAD_TOKENS) claims.push(isRefused(fault, await trial.post(user.token({ faults: [fault] }))));
      return judge(...claims, isFirstSignIn('a good token after bad ones', await trial.post(user.token())));
    },
  },
} as const satisfies Record<string, Invariant>;

async function refusedForIds(trial: Trial, cases: readonly (readonly [what: string, ids: TokenOptions])[]) {
  const user = trial.user();
  const claims: Claim[] = [];
  for (const [what, ids] of cases) {
    const sent = await trial.post(user.token(ids));
    claims.push(isRefused(what, sent), hasMessage(what, sent));
  }
  const good = await trial.post(user.token());
  return judge(...claims, isFirstSignIn('a good token of the same user', good));
}

function hasMessage(what: string, { body }: Sent): Claim {
  const message = String(member(member(body, 'error'), 'message'));
  return [message === NO_ID_MESSAGE, `${what} is refused with the message ${JSON.stringify(message.slice(0, 100))}`];
}

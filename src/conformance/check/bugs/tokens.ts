/** Mistakes of verification: bad tokens are accepted, keys are cached for too long or not long enough. */

import { member } from '../../../callback/token/json-object.ts';
import type { KeySource, VerificationKey } from '../../../callback/token/keys.ts';
import { refusal } from '../../../errors/api-error.ts';
import type { Bug } from './bug.ts';
import { identityBehind, lettingThrough } from './refused-callbacks.ts';

const YEARS = 10 * 365 * 86_400;

export const TOKEN_BUGS = {
  'no-id-accepted': {
    summary: 'a token with neither jti nor sid is accepted',
    breaks: 'no-id-refused',
    wrap: (random) =>
      lettingThrough('no_session_or_token_id', ({ jti, sid }, now) =>
        jti === undefined && sid === undefined ? random.ulid(now) : undefined,
      ),
  },
  'blank-ids-collapse': {
    summary: 'blank ids count as ids, so all tokens of a user that have them share one record',
    breaks: 'blank-id-refused',
    wrap: () => lettingThrough('no_session_or_token_id', ({ jti, sid }) => (jti ?? sid) as string | undefined),
  },
  'signature-unchecked': {
    summary: 'a token whose signature does not verify is accepted',
    breaks: 'bad-tokens-refused',
    wrap: (random) => lettingThrough('bad_signature', ({ jti }, now) => (jti as string) ?? random.ulid(now)),
  },
  'expired-accepted': {
    summary: 'an expired token is accepted',
    breaks: 'bad-tokens-refused',
    wrap: () => ({
      verifier: ({ keys, settings }) => ({ keys, settings: { ...settings, clockTolerance: YEARS } }),
    }),
  },
  'issuer-by-its-beginning': {
    summary: 'an issuer that begins with the right one is taken for it',
    breaks: 'bad-claims-refused',
    wrap: (random) => {
      let issuer = '';
      return {
        verifier: (verifier) => {
          issuer = verifier.settings.issuer.replace(/\/$/, '');
          return verifier;
        },
        ...lettingThrough('issuer_mismatch', ({ iss, jti }, now) =>
          String(iss).startsWith(issuer) ? ((jti as string) ?? random.ulid(now)) : undefined,
        ),
      };
    },
  },
  'refused-creates-rows': {
    summary: 'a sign-in is written before its token is judged, and remains if the token is refused',
    breaks: 'refused-leaves-nothing',
    wrap: () => ({
      fetch:
        (fetch, { lookup, callback, now }) =>
        async (request, bindings) => {
          const response = await fetch(request, bindings);
          const refused = await identityBehind(request, response, lookup);
          if (refused?.identity.subject && refused.identity.tokenId !== null) {
            await callback(refused.identity, { now: now(), requestId: refused.requestId });
          }
          return response;
        },
    }),
  },
  'keys-never-refetched': {
    summary: 'the key set is read once, so a new signing key is unknown until a restart',
    breaks: 'key-rotation-accepted',
    wrap: () =>
      rememberingKeys(async (kid, known, find) => {
        if (known.size > 0) throw refusal('kid_unknown', { expected: 'the first key', received: kid });
        return find();
      }),
  },
  'removed-key-accepted': {
    summary: 'a key that was accepted once is always accepted',
    breaks: 'removed-key-refused',
    wrap: () => rememberingKeys((_kid, _known, find) => find()),
  },
} as const satisfies Record<string, Bug>;

type KeysByKid = ReadonlyMap<string, VerificationKey>;

/** Keys are cached after their first use; `miss` handles an unknown key. */
function rememberingKeys(
  miss: (kid: string, known: KeysByKid, find: () => Promise<VerificationKey>) => Promise<VerificationKey>,
): ReturnType<Bug['wrap']> {
  const known = new Map<string, VerificationKey>();
  const remembering = (keys: KeySource): KeySource => ({
    ...keys,
    async find(header) {
      const kid = String(member(header, 'kid'));
      const key = known.get(kid) ?? (await miss(kid, known, () => keys.find(header)));
      known.set(kid, key);
      return key;
    },
    reload: async () => undefined,
  });
  return { verifier: ({ keys, settings }) => ({ keys: remembering(keys), settings }) };
}

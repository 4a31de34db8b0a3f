/** Mistakes of verification: tokens let through, keys held for too long or not long enough. */
import { refusal } from '../errors.ts';
import { member } from '../identity/json-object.ts';
import type { KeySource, VerificationKey } from '../identity/keys.ts';
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
    summary: 'blank ids count, so all of a user’s tokens that have them share one record',
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
  'refused-creates-rows': {
    summary: 'a sign-in is written before its token is judged, and stays when that is refused',
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
    summary: 'the key set is read once: a new signing key is unknown until a restart',
    breaks: 'key-rotation-accepted',
    wrap: () =>
      rememberingKeys(async (kid, known, find) => {
        if (known.size > 0) throw refusal('kid_unknown', { expected: 'the first key', received: kid });
        return find();
      }),
  },
  'removed-key-accepted': {
    summary: 'a key that was accepted once is accepted for ever',
    breaks: 'removed-key-refused',
    wrap: () => rememberingKeys((_kid, _known, find) => find()),
  },
} as const satisfies Record<string, Bug>;

type KeysByKid = ReadonlyMap<string, VerificationKey>;

/** Keys found once are used from then on; `miss` says what happens for another. */
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

/** What a claim means, in a few words. */

import { span } from '../../../machine/values/time.ts';
import type { CallbackAnswer, CallbackWithDetail, Json, SigningKeysAnswer } from '../../api-types.ts';

interface Known {
  readonly answer: CallbackAnswer;
  readonly callback: CallbackWithDetail;
  readonly keys: SigningKeysAnswer['keys'];
}

/** @returns an empty text where the value says it all */
export function meaningOf(name: string, value: Json, known: Known): string {
  // A claim may have the name of a member that every object has.
  return Object.hasOwn(MEANINGS, name) ? (MEANINGS[name]?.(value, known) ?? '') : '';
}

const MEANINGS: Readonly<Record<string, (value: Json, known: Known) => string>> = {
  exp: (value, { callback }) => distance(value, callback, { ahead: 'in', behind: 'ended' }),
  nbf: (value, { callback }) => distance(value, callback, { ahead: 'begins in', behind: '' }),
  iat: (value, { callback }) => distance(value, callback, { ahead: 'in', behind: '' }),
  kid: (value, { keys }) => {
    const key = keys.find(({ kid }) => kid === value);
    if (key === undefined) return keys.length === 0 ? '' : 'no key of the set';
    if (key.newest) return 'newest key';
    return key.retired_at === null ? 'older key' : 'retired';
  },
  iss: (_, { callback }) => (callback.reason === 'issuer_mismatch' ? 'refused' : ''),
  client_id: (_, { callback }) => (callback.reason === 'client_id_mismatch' ? 'refused' : ''),
  sub: (_, { answer, callback }) => callback.email ?? answer.workspace_member?.email ?? '',
  jti: (value, known) => keyMeaning('workos-jti:', value, known),
  sid: (value, known) => keyMeaning('workos-session:', value, known),
};

function keyMeaning(prefix: string, value: Json, { callback: { idempotency_key, outcome } }: Known): string {
  if (idempotency_key !== null) return idempotency_key === `${prefix}${value}` ? 'the key' : '';
  return outcome === 'refused' && prefix === 'workos-jti:' ? 'would be the key' : '';
}

interface Words {
  readonly ahead: string;
  readonly behind: string;
}

/** From the time of the callback, not from now: by that it was judged. */
function distance(value: Json, { at }: CallbackWithDetail, { ahead, behind }: Words): string {
  if (typeof value !== 'number') return 'not a number';
  const seconds = value - Date.parse(at) / 1000;
  if (!Number.isFinite(seconds) || Math.abs(seconds) > 1e11) return 'not a sensible time';
  const long = Math.abs(seconds) < 60 ? `${Math.abs(seconds).toFixed(1)} s` : span(Math.abs(seconds));
  return seconds >= 0 ? `${ahead} ${long}` : `${behind} ${long} before`.trim();
}

/** As it stands in the table: strings bare, everything else as JSON. */
export function shownValue(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

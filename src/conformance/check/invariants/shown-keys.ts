/** The lists of keys and of events, which a sign-in fills once. */
import { member } from '../../../callback/token/json-object.ts';
import type { CallbackAnswer } from '../../replay/send.ts';
import { type Asked, jsonOf } from '../trial/asking.ts';
import type { Shown } from '../trial/showing.ts';
import type { Trial } from '../trial/trial.ts';
import { type Claim, must } from '../trial/verdict.ts';

export const KEYS = '/v1/web/keys';

export const AUDIT = '/v1/web/audit';

export async function hasTheKey(trial: Trial, token: string, first: CallbackAnswer): Promise<readonly Claim[]> {
  const wanted = member(member(first.body, 'default_api_key'), 'api_key');
  const isThere = ({ text }: Asked) => itemsOf(text).some((item) => member(item, 'id') === member(wanted, 'id'));
  const shown = await trial.readUntil(KEYS, token, (read) => read.status !== 200 || isThere(read));
  if (shown.status !== 200) return [];
  const items = itemsOf(shown.text);
  const [key] = items;
  const scopes = JSON.stringify(member(key, 'scopes'));
  return [
    must(items.length === 1, `GET ${KEYS} shows ${items.length} keys, not the one of the first sign-in`),
    must(
      isThere(shown),
      `GET ${KEYS} does not show the key ${JSON.stringify(member(wanted, 'id'))} of the first sign-in`,
    ),
    must(!isRevoked(key), `GET ${KEYS} shows that the key is revoked`),
    must(scopes === JSON.stringify(member(wanted, 'scopes')), `GET ${KEYS} shows the scopes ${scopes}`),
  ];
}

function isRevoked(key: unknown): boolean {
  return member(key, 'revoked') === true || (member(key, 'revoked_at') ?? null) !== null;
}

function itemsOf(text: string): readonly unknown[] {
  const items = member(jsonOf(text), 'items');
  return Array.isArray(items) ? items : [];
}

/** A later sign-in makes no key and no event. */
export function hasNothingNew(route: string, before: Shown, after: Shown) {
  const [earlier, later] = [before, after].map((shown) => shown.get(route));
  if (earlier?.status !== 200 || later?.status !== 200) return [];
  const counts = [earlier, later].map(({ text }) => itemsOf(text).length);
  const hasOne = must(counts[0] !== 0, `GET ${route} shows nothing after a first sign-in`);
  return [
    hasOne,
    must(counts[0] === counts[1], `GET ${route} has ${counts[0]} items, and ${counts[1]} after a later sign-in`),
  ];
}

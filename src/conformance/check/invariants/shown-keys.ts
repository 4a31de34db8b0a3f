/** The lists of keys and of events, which a sign-in fills once. */
import { member } from '../../../callback/token/json-object.ts';
import type { CallbackAnswer } from '../../replay/send.ts';
import { type Asked, jsonOf } from '../trial/asking.ts';
import type { Shown } from '../trial/showing.ts';
import type { Trial } from '../trial/trial.ts';
import { type Claim, must, should } from '../trial/verdict.ts';

export const KEYS = '/v1/web/keys';

export const AUDIT = '/v1/web/audit';

const SETTINGS = '/v1/web/settings';

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
    ...['name', 'public_id', 'workspace_id', 'created_at'].map((name) => agrees(name, wanted, key)),
  ];
}

/** A list may leave members out. */
function agrees(name: string, wanted: unknown, key: unknown): Claim {
  const [right, shown] = [wanted, key].map((one) => member(one, name));
  const holds =
    shown === undefined ||
    right === undefined ||
    shown === right ||
    Date.parse(String(shown)) === Date.parse(String(right));
  return must(holds, `GET ${KEYS} shows ${name} ${JSON.stringify(shown)}, and the callback ${JSON.stringify(right)}`);
}

/** The two events of a first sign-in (contract §1), the key under its own id. */
export async function hasTheEvents(trial: Trial, token: string, first: CallbackAnswer): Promise<readonly Claim[]> {
  const key = String(member(member(member(first.body, 'default_api_key'), 'api_key'), 'id'));
  const actions = ['workspace.created', 'api_key.created'];
  const missing = ({ text }: Asked) =>
    actions.filter((action) => !itemsOf(text).some((item) => member(item, 'action') === action));
  const shown = await trial.readUntil(AUDIT, token, (read) => read.status !== 200 || missing(read).length === 0);
  if (shown.status !== 200) return [];
  const items = itemsOf(shown.text);
  const target = member(
    items.find((item) => member(item, 'action') === 'api_key.created'),
    'target',
  );
  const isOfKey = typeof target !== 'string' || !target.startsWith('api_key:') || target === `api_key:${key}`;
  return [
    must(missing(shown).length === 0, `GET ${AUDIT} shows no ${missing(shown).join(' and no ')} after a first sign-in`),
    ...actions.map((action) => {
      const { length } = items.filter((item) => member(item, 'action') === action);
      return must(length <= 1, `GET ${AUDIT} shows ${length} events ${action} after a first sign-in`);
    }),
    must(isOfKey, `GET ${AUDIT} shows the target ${JSON.stringify(target)}, and the key is ${JSON.stringify(key)}`),
    should(items.length === actions.length, `GET ${AUDIT} shows ${items.length} events after a first sign-in`),
  ];
}

export async function hasTheName(trial: Trial, token: string, first: CallbackAnswer): Promise<readonly Claim[]> {
  const wanted = member(member(first.body, 'workspace'), 'name');
  const nameIn = ({ text }: Asked) => member(jsonOf(text), 'workspace_name');
  const shown = await trial.readUntil(SETTINGS, token, (read) => read.status !== 200 || nameIn(read) === wanted);
  if (shown.status !== 200 || nameIn(shown) === undefined) return [];
  const names = `${JSON.stringify(nameIn(shown))}, and the callback ${JSON.stringify(wanted)}`;
  return [must(nameIn(shown) === wanted, `GET ${SETTINGS} shows the workspace name ${names}`)];
}

/** After a use of the key. */
export async function showsItsUse(trial: Trial, token: string): Promise<readonly Claim[]> {
  const usedAt = ({ text }: Asked) => member(itemsOf(text)[0], 'last_used_at') ?? null;
  const shown = await trial.readUntil(KEYS, token, (read) => read.status !== 200 || usedAt(read) !== null);
  return shown.status === 200
    ? [should(usedAt(shown) !== null, `GET ${KEYS} shows no last_used_at of a key that was used`)]
    : [];
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

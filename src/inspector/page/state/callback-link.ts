import { address } from '../browser/address.ts';
import { link } from '../browser/link.ts';

/** To one callback, with the filters of the list that are chosen. */
export function callbackLink(id: string): string {
  const { tab: _, ...query } = Object.fromEntries(address.value.query);
  return link(['callbacks', id], query);
}

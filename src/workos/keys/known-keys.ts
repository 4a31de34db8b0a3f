/** The keys as an explanation knows them, with those that were retired. */
import type { KnownKey } from '../../callback/explanation/refused-token.ts';
import { isoTime } from '../../machine/values/time.ts';
import type { Keyring } from './keyring.ts';

export function knownKeys(keyring: Pick<Keyring, 'list'>): KnownKey[] {
  return keyring
    .list()
    .map(({ kid, retiredAt }) => ({ kid, retiredAt: retiredAt === null ? null : isoTime(retiredAt) }));
}

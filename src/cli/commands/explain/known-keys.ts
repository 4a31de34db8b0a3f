/** The keys of a state directory, with retired keys, which explain why a key set lacks one. */
import { existsSync } from 'node:fs';
import type { KnownKey } from '../../../callback/explanation/refused-token.ts';
import { Failure } from '../../../errors/failure.ts';
import type { StatePaths } from '../../../machine/state-directory.ts';
import { isoTime } from '../../../machine/values/time.ts';
import { type Keyring, openKeyring } from '../../../workos/keys/keyring.ts';

export function knownKeys(keyring: Pick<Keyring, 'list'>): KnownKey[] {
  return keyring
    .list()
    .map(({ kid, retiredAt }) => ({ kid, retiredAt: retiredAt === null ? null : isoTime(retiredAt) }));
}

/** A key that is missing in another key set may have been retired in this state directory. */
export function keysRetiredHere(paths: StatePaths): KnownKey[] {
  if (!existsSync(paths.signingKeys)) return [];
  try {
    return knownKeys(openKeyring(paths.signingKeys)).filter(({ retiredAt }) => retiredAt !== null);
  } catch (error) {
    if (error instanceof Failure) return []; // a problem of the state directory must not prevent the verdict
    throw error;
  }
}

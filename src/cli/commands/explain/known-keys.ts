/** Retired keys of a state directory, which explain why a key set lacks one. */
import { existsSync } from 'node:fs';
import type { KnownKey } from '../../../callback/explanation/refused-token.ts';
import { Failure } from '../../../errors/failure.ts';
import type { StatePaths } from '../../../machine/state-directory.ts';
import { openKeyring } from '../../../workos/keys/keyring.ts';
import { knownKeys } from '../../../workos/keys/known-keys.ts';

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

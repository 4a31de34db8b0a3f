/** Warns of a published key set that other programs may refuse to read. */
import { ISSUER_MAX_BYTES } from '../callback/issuer-request.ts';
import type { Keyring } from '../workos/keys/keyring.ts';

export interface Oversized {
  readonly message: string;
  readonly remedy: string;
}

/** @returns undefined for a set that a server in remote mode reads */
export function oversizedKeySet(keyring: Pick<Keyring, 'jwks'>): Oversized | undefined {
  const { keys } = keyring.jwks();
  const bytes = JSON.stringify({ keys }).length;
  if (bytes <= ISSUER_MAX_BYTES) return undefined;
  return {
    message: `the ${keys.length} published keys make a key set of ${Math.ceil(bytes / 1024)} KB, and servers in remote mode read ${ISSUER_MAX_BYTES / 1024} KB`,
    remedy: 'Retire keys that no token needs: `agent-paste keys retire <kid>`.',
  };
}

/** The signing keys of a played WorkOS, in memory. */
import { Failure } from '../errors/failure.ts';
import type { Keyring } from '../workos/keys/keyring.ts';
import { publicJwk, type SigningKey } from '../workos/keys/signing-key.ts';
import type { KeyLease } from './key-pool.ts';
import { refuseArgument, TEXT } from './options.ts';

export interface PlayedKeys {
  readonly keyring: Pick<Keyring, 'jwks' | 'signingKey'>;
  /** @param now milliseconds since 1970. @returns the kid */
  rotate(now: number): Promise<string>;
  /** @throws TypeError; Failure not_found; conflict for the last published key */
  retire(kid: string): void;
  withdraw(): void;
}

/** @param first signs until another key is made */
export function playKeys(lease: KeyLease, first: SigningKey): PlayedKeys {
  const keys = [first];
  let published = [first];
  const find = (kid: string): SigningKey => {
    const key = keys.find((each) => each.kid === kid);
    if (key === undefined) throw new Failure('not_found', `no signing key has the kid ${JSON.stringify(kid)}`);
    return key;
  };
  return {
    keyring: {
      jwks: () => ({ keys: published.map(publicJwk) }),
      signingKey: (kid) => (kid === undefined ? (published[0] ?? (keys[0] as SigningKey)) : find(kid)),
    },
    async rotate(now) {
      const key = await lease.take(now);
      keys.unshift(key);
      published.unshift(key);
      return key.kid;
    },
    retire(kid) {
      refuseArgument('retireKey: the kid', kid, TEXT);
      const key = find(kid);
      if (published.length === 1 && published[0] === key)
        throw new Failure('conflict', `${kid} is the last published key`, 'withdrawKeys() publishes none.');
      published = published.filter((each) => each !== key);
    },
    withdraw() {
      published = [];
    },
  };
}

/** Tokens signed by the local WorkOS of a state directory, for users that it knows. */
import type { RandomSource } from '../machine/random.ts';
import { openStateDirectory } from '../machine/state-directory.ts';
import { guarded, serveState } from '../machine/state-guard.ts';
import { openUsers } from '../store/open.ts';
import { type Keyring, type MakeKey, openKeyring } from '../workos/keys/keyring.ts';
import { type MintedForUser, mintForUser, type WantedToken } from '../workos/user-token.ts';
import type { UserDirectory } from '../workos/users.ts';

export type { MintedForUser, WantedToken };

export interface MinterSettings {
  readonly stateDir: string;
  readonly issuer: string;
  readonly clientId: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly random: RandomSource;
  /** Makes new signing keys; by default fresh ones. */
  readonly makeKey?: MakeKey | undefined;
}

export interface Minter extends Disposable {
  readonly keyring: Keyring;
  readonly users: UserDirectory;
  /** Mints, and then writes new facts about the user. @throws Failure invalid_argument, not_found */
  mint(wanted?: WantedToken): MintedForUser;
}

/** @throws Failure for a state directory that cannot be used */
export async function openMinter({
  stateDir,
  issuer,
  clientId,
  now,
  random,
  makeKey,
}: MinterSettings): Promise<Minter> {
  const paths = openStateDirectory(stateDir);
  return guarded(paths.directory, 'minting tokens', async (guard) => {
    const keyring = openKeyring(paths.signingKeys, { guard, makeKey });
    await keyring.ensure(now());
    const users = openUsers(paths.users);
    const use = serveState(paths.directory); // no reset takes the users away while tokens are minted for them
    return {
      keyring,
      users,
      mint: (wanted = {}) => mintForUser(wanted, { users, keyring, issuer, clientId, now: now(), random }),
      [Symbol.dispose]() {
        users.close();
        use.release();
      },
    };
  });
}

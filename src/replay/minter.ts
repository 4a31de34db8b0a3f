/** Tokens for sends: signed by the local WorkOS of a state directory, for users that it knows. */
import { type Keyring, openKeyring } from '../issuer/keyring.ts';
import { type MintedToken, type MintOptions, mintToken } from '../issuer/mint.ts';
import { refuseBadEmail, refuseBadUserId, resolveUser, type WantedUser } from '../local-users.ts';
import type { RandomSource } from '../random.ts';
import { openStateDirectory } from '../state-directory.ts';
import { openDirectory, type UserDirectory } from '../store/directory.ts';

/** A user and what the token says; ids that are absent are made, null leaves them out. */
export type WantedToken = WantedUser & Partial<Omit<MintOptions, 'sub'>>;

export interface MintedForUser extends MintedToken {
  readonly user: { readonly id: string; readonly email: string };
  /** Of the key that signed it. */
  readonly kid: string;
}

export interface MinterSettings {
  readonly stateDir: string;
  readonly issuer: string;
  readonly clientId: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly random: RandomSource;
}

export interface Minter extends Disposable {
  readonly keyring: Keyring;
  readonly users: UserDirectory;
  /** Mints, and then writes what is new about the user. @throws Failure invalid_argument, not_found */
  mint(wanted?: WantedToken): MintedForUser;
}

/** @throws Failure for a state directory that cannot be used */
export async function openMinter({ stateDir, issuer, clientId, now, random }: MinterSettings): Promise<Minter> {
  const paths = openStateDirectory(stateDir);
  const keyring = openKeyring(paths.signingKeys);
  await keyring.ensure(now());
  const users = openDirectory(paths.users);
  return {
    keyring,
    users,
    mint({ email, sub, ...options } = {}) {
      const at = now();
      if (email !== undefined) refuseBadEmail(email);
      if (sub !== undefined) refuseBadUserId('--sub', sub);
      const wanted = { ...(email === undefined ? {} : { email }), ...(sub === undefined ? {} : { sub }) };
      const { user, save } = resolveUser(users, wanted, { now: at, random });
      const { kid } = keyring.signingKey(options.kid);
      const minted = mintToken({ issuer, clientId, ...options, sub: user.id }, { keyring, now: at, random });
      save();
      return { ...minted, user: { id: user.id, email: user.email }, kid };
    },
    [Symbol.dispose]: () => users.close(),
  };
}

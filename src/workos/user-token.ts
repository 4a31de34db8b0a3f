/** Makes a token for a user of a directory. A new user is added. */
import type { Keyring } from './keys/keyring.ts';
import { type MintDependencies, type MintedToken, type MintOptions, mintToken } from './tokens/mint.ts';
import { refuseBadUser, type UserDirectory, type WantedUser, withUser } from './users.ts';

/** A user and the claims of the token. Absent ids are made; null leaves an id out. */
export type WantedToken = WantedUser & Partial<Omit<MintOptions, 'sub'>>;

export interface MintedForUser extends MintedToken {
  readonly user: { readonly id: string; readonly email: string };
  /** The kid of the key that signed it. */
  readonly kid: string;
}

export interface UserTokenDependencies extends MintDependencies {
  readonly keyring: Pick<Keyring, 'jwks' | 'signingKey'>;
  readonly users: UserDirectory;
  /** The default for tokens. */
  readonly issuer: string;
  readonly clientId: string;
}

/** @throws Failure invalid_argument for an address, user id or fault; not_found for a kid */
export function mintForUser(
  { email, sub, ...options }: WantedToken,
  { users, issuer, clientId, ...dependencies }: UserTokenDependencies,
): MintedForUser {
  refuseBadUser({ email, id: sub });
  const wanted = { ...(email === undefined ? {} : { email }), ...(sub === undefined ? {} : { sub }) };
  return withUser(users, wanted, dependencies, (user) => {
    const { kid } = dependencies.keyring.signingKey(options.kid);
    const minted = mintToken({ issuer, clientId, ...options, sub: user.id }, dependencies);
    return { ...minted, user: { id: user.id, email: user.email }, kid };
  });
}

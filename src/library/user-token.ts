/** A token for a user of a directory, as `agent-paste mint` makes it. */
import { type MintDependencies, mintToken } from '../issuer/mint.ts';
import { refuseBadEmail, refuseBadUserId, resolveUser } from '../local-users.ts';
import type { UserDirectory } from '../store/directory.ts';
import type { Token, TokenRequest } from './types.ts';

export interface UserTokenDependencies extends MintDependencies {
  readonly users: UserDirectory;
  readonly issuer: string;
  readonly clientId: string;
}

/** @throws Failure invalid_argument for an address, user id or fault; not_found for a kid */
export function userToken(
  { email, sub, ...request }: TokenRequest,
  { users, issuer, clientId, ...dependencies }: UserTokenDependencies,
): Token {
  if (email !== undefined) refuseBadEmail(email);
  if (sub !== undefined) refuseBadUserId('sub', sub);
  const wanted = { ...(email === undefined ? {} : { email }), ...(sub === undefined ? {} : { sub }) };
  const { user, save } = resolveUser(users, wanted, dependencies);
  const token = mintToken({ issuer, clientId, ...request, sub: user.id }, dependencies);
  save(); // not before: what cannot be minted leaves no user behind
  return token;
}

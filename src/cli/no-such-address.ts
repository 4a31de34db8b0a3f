/** What is said if no user has an address. */
import { nearestNames } from '../errors/closest.ts';
import { visible } from '../errors/foreign-text.ts';

/** How many users are compared with an address that none of them has. */
export const COMPARED_USERS = 10_000;

export function noSuchAddress(email: string, users: readonly { readonly email: string }[]): string {
  const near = nearestNames(
    email,
    users.map((user) => user.email),
    3,
  );
  return visible(`no user has the address ${email}${near.length === 0 ? '' : `; nearest: ${near.join(', ')}`}`);
}

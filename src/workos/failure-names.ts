/** The names of all failures of a sign-in: those of the table, and one for each fault of the access token. */

import { SIGN_IN_FAILURES, TOKEN_FAILURE } from './authkit/sign-in-failures.ts';
import { FAULTS } from './tokens/faults.ts';

export const FAILURE_CHOICES: readonly { readonly name: string; readonly says: string }[] = [
  ...SIGN_IN_FAILURES.map(({ name, says, meets }) => ({ name, says: `${says}: ${meets}` })),
  ...FAULTS.map(({ name }) => ({
    name: `${TOKEN_FAILURE}${name}`,
    says: `The access token is bad: ${name}; the callback refuses it`,
  })),
];

/** For a message, without the faults, which have their own list. */
export const FAILURE_NAMES = `${SIGN_IN_FAILURES.map(({ name }) => name).join(', ')}, or ${TOKEN_FAILURE} and a fault of \`mint --list-faults\``;

export function isFailure(name: string): boolean {
  return FAILURE_CHOICES.some((choice) => choice.name === name);
}

/** The code that passes a sign-in from the page to the dashboard. */

import { CODE_LIFETIME_MS, type SignInContext } from './authkit.ts';
import { digestOf, newSecret } from './secrets.ts';
import { failureNamed } from './sign-in-failures.ts';
import type { CodeRow, SignInRows } from './sign-ins.ts';

export type SignedIn = Pick<CodeRow, 'user_id' | 'organization_id' | 'method' | 'failure'>;

/** Where the code goes, and the challenge that it was asked for with. */
export type CodeTarget = Pick<CodeRow, 'redirect_uri' | 'challenge'>;

/** Each form that is sent makes a new code. @returns the code, of which only the hash is stored */
export function issueCode(rows: SignInRows, signedIn: SignedIn, target: CodeTarget, context: SignInContext): string {
  const { now, random, settings } = context;
  const code = newSecret(random);
  rows.codes.insert({
    ...signedIn,
    ...target,
    hash: digestOf(code),
    client_id: settings.clientId,
    signed_in_at: now,
    expires_at: failureNamed(signedIn.failure)?.isExpired ? now : now + CODE_LIFETIME_MS,
  });
  return code;
}

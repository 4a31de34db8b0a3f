/** A user that one try adds at the issuer of the target, and the tokens of that user. */
import type { Minter } from '../../../server/minter.ts';
import type { MintOptions } from '../../../workos/tokens/mint.ts';

export type TrialTokenOptions = Partial<
  Pick<MintOptions, 'sid' | 'jti' | 'issuedAt' | 'expiresIn' | 'notBefore' | 'claims' | 'faults' | 'kid'>
>;

export interface TrialUser {
  /** WorkOS user id. */
  readonly subject: string;
  readonly email: string;
  /** A token; ids that are not given are new. */
  token(options?: TrialTokenOptions): string;
  /** From now on, WorkOS knows the user under this address. */
  changeEmail(email: string): void;
  /** From now on, WorkOS does not know the user, until the next token. */
  forget(): void;
}

export interface TrialUserEdge {
  readonly minter: Minter;
  /** Signs tokens that name no other key. */
  readonly kid: string | undefined;
  readonly made: Set<string> | undefined;
  readonly newId: () => string;
}

export function trialUser(subject: string, { minter, kid, made, newId }: TrialUserEdge): TrialUser {
  // Not made from the subject: users with nearly equal ids must have different addresses.
  let email = `check-${newId().slice(-12).toLowerCase()}@example.com`;
  made?.add(subject);
  const ofKey = kid === undefined ? {} : { kid };
  return {
    subject,
    get email() {
      return email;
    },
    token: (options) =>
      minter.mint({ jti: newId(), sid: `session_${newId()}`, ...ofKey, ...options, sub: subject, email }).token,
    changeEmail(to) {
      email = to;
      minter.mint({ sub: subject, email });
    },
    forget: () => void minter.users.remove(subject),
  };
}

/** The row of a grant: the members that it takes, and its handler. */
import type { SignInContext } from '../authkit.ts';
import type { Refusal } from '../refusal.ts';
import type { Client } from '../session.ts';
import type { SignIns } from '../sign-ins.ts';

/** The values of the members of a grant; each is a string. */
export type GrantValues = Readonly<Record<string, string | undefined>>;

interface GrantRequest {
  readonly values: GrantValues;
  readonly client: Client;
  readonly signIns: SignIns;
  readonly context: SignInContext;
}

/** The answer to a grant, and its part of the log line. */
export interface Granted {
  /** The bytes of the answer. */
  readonly answer: Uint8Array;
  readonly outcome: 'signed_in' | 'exchanged' | 'refreshed' | 'refresh_repeated';
  readonly userId: string;
}

export interface Grant {
  /** Required and optional members. */
  readonly needs: readonly string[];
  readonly takes?: readonly string[];
  /** Whether a client may leave out its secret. */
  readonly isOpen: (values: GrantValues) => boolean;
  redeem(request: GrantRequest): Promise<Granted | Refusal>;
}

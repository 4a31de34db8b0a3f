/** How the inspector watches callbacks: told when one begins, and asked for what it saw when the row is written. */
import type { ServerResponse } from 'node:http';
import type { KnownKey } from '../callback/explanation/refused-token.ts';
import type { Verifier } from '../callback/token/verify.ts';
import type { Trace } from '../callback/trace.ts';
import type { UserLookup } from '../callback/user.ts';
import type { Detailing } from '../store/attempt-log.ts';
import type { Answered } from './log/answered.ts';

export interface WatchedRequest {
  readonly requestId: string;
  /** Milliseconds since 1970, by the clock of the server. */
  readonly now: number;
  /** By `performance.now()`. */
  readonly started: number;
  readonly header: (name: string) => string | undefined;
  /** Absent for a request that came without a socket. */
  readonly outgoing: ServerResponse | undefined;
}

export interface Watched extends Trace {
  /** To be called when the answer is made. */
  ended(answered: Answered): Detailing;
  /** The inspector sent the request. */
  readonly isOwn: boolean;
}

export interface Watcher {
  /** @returns undefined for a callback that is not watched */
  begin(request: WatchedRequest): Watched | undefined;
}

/** What advice about a refused token is worked out from. */
export interface WatchedParts {
  readonly verifier: Verifier;
  readonly lookup: UserLookup;
  readonly knownKeys: () => readonly KnownKey[];
}

/** The input of advice about a token. */
import type { Reason } from '../../errors/reasons.ts';
import type { JsonObject } from '../token/json-object.ts';
import type { Verifier } from '../token/verify.ts';

/** A key of the issuer, published or retired. */
export interface KnownKey {
  readonly kid: string;
  /** ISO 8601, or null while it is published. */
  readonly retiredAt: string | null;
}

/** A token that the verifier refused, and the facts about it. */
export interface RefusedToken {
  readonly token: string;
  readonly reason: Reason;
  /** What the check that refused it has found. */
  readonly received: string | undefined;
  readonly claims: JsonObject | null;
  readonly header: JsonObject | null;
  readonly verifier: Verifier;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly knownKeys: () => readonly KnownKey[];
}

/** What an examination of a token starts with, and what it has found so far. */
import type { CompactToken } from './compact.ts';
import type { JsonObject } from './json-object.ts';
import type { KeySource, VerificationKey } from './keys.ts';

export interface VerifierSettings {
  /** Compared with `iss`; one trailing slash is ignored on both sides. */
  readonly issuer: string;
  readonly clientId: string;
  /** `required` refuses a token without `client_id` and `azp`; `optional` then looks at `aud`, when present. */
  readonly clientIdClaim: 'required' | 'optional';
  /** Seconds by which `exp` and `nbf` may be off. */
  readonly clockTolerance: number;
}

/** What the checks know of a token so far; later checks read what earlier ones found. */
export interface Examination {
  readonly token: string;
  readonly settings: VerifierSettings;
  readonly keys: KeySource;
  /** Seconds since 1970, with their fraction. */
  readonly now: number;
  compact?: CompactToken;
  header?: JsonObject;
  key?: VerificationKey;
  payload?: JsonObject;
  tokenId?: string | null;
  sessionId?: string | null;
}

/** What a passed check compared, for `explain`. */
export interface Finding {
  readonly expected: string;
  readonly received: string;
}

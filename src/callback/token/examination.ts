/** The input of an examination of a token, and its findings so far. */
import type { VerifierSettings } from '../../machine/settings/verifier.ts';
import type { Trace } from '../trace.ts';
import type { CompactToken } from './compact.ts';
import type { JsonObject } from './json-object.ts';
import type { KeySource, VerificationKey } from './keys.ts';

export type { VerifierSettings };

/** The findings of the checks so far; later checks read those of earlier ones. */
export interface Examination {
  readonly token: string;
  readonly settings: VerifierSettings;
  readonly keys: KeySource;
  /** Seconds since 1970, with a fraction. */
  readonly now: number;
  readonly trace?: Trace | undefined;
  compact?: CompactToken;
  header?: JsonObject;
  key?: VerificationKey;
  /** The signature is valid, so the claims come from the issuer. */
  isSigned?: true;
  payload?: JsonObject;
  tokenId?: string | null;
  sessionId?: string | null;
}

/** The values that a passed check compared, for `explain`. */
export interface CheckFinding {
  readonly expected: string;
  readonly received: string;
}

/**
 * Remembers tokens that passed every check, so that a retry needs neither an RSA operation nor parsing. The checks whose
 * result may change are repeated each time: whether the key is still published, the time, and the settings. A token is
 * remembered by its hash; a refused token is not remembered.
 */
import { hash } from 'node:crypto';
import type { VerifiedToken } from '../identity.ts';
import type { Lifetime } from './claims.ts';
import type { VerifierSettings } from './examination.ts';
import type { JsonObject } from './json-object.ts';
import type { VerificationKey } from './keys.ts';

export interface RememberedToken {
  /** The part of the header by which the key is found. */
  readonly header: JsonObject;
  /** The key that verified the signature. If the `kid` now leads to another key, the token is verified again. */
  readonly key: VerificationKey;
  /** The settings that the claims were compared with. */
  readonly settings: VerifierSettings;
  readonly lifetime: Lifetime;
  readonly verified: VerifiedToken;
}

export interface TokenMemo {
  recall(token: string): RememberedToken | undefined;
  remember(token: string, remembered: RememberedToken): void;
}

/** Each takes half a kilobyte. */
const CAPACITY = 5000;

/** @param capacity largest number of tokens; the oldest are dropped first */
export function createTokenMemo(capacity = CAPACITY): TokenMemo {
  const tokens = new Map<string, RememberedToken>();
  return {
    recall: (token) => tokens.get(digest(token)),
    remember(token, remembered) {
      tokens.set(digest(token), remembered);
      if (tokens.size > capacity) tokens.delete(tokens.keys().next().value as string);
    },
  };
}

function digest(token: string): string {
  return hash('sha256', token, 'base64url');
}

/**
 * Tokens that passed every check, so that a retry costs neither an RSA operation nor reading the token again. What may
 * change since is judged anew each time: whether the key is still published, the time, the settings. A token is
 * remembered by its hash; a bad one leaves nothing behind.
 */
import { hash } from 'node:crypto';
import type { Lifetime } from './claims.ts';
import type { VerifierSettings } from './examination.ts';
import type { VerifiedToken } from './identity.ts';
import type { JsonObject } from './json-object.ts';
import type { VerificationKey } from './keys.ts';

export interface RememberedToken {
  /** The part of the header that finds the key. */
  readonly header: JsonObject;
  /** What the signature was verified with. Another key, even of the same name, counts as never seen. */
  readonly key: VerificationKey;
  /** What the claims were compared with. */
  readonly settings: VerifierSettings;
  readonly lifetime: Lifetime;
  readonly verified: VerifiedToken;
}

export interface TokenMemo {
  recall(token: string): RememberedToken | undefined;
  remember(token: string, remembered: RememberedToken): void;
}

/** Half a kilobyte each. */
const CAPACITY = 5000;

/** @param capacity tokens remembered; the oldest go first */
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

/**
 * Tokens whose signature a key has been found to fit, so that a retry costs no second RSA operation. Only the
 * signature is remembered: every other check runs again, with the time and the settings of now. What is remembered of
 * a token is its hash, for as long as its key is in use: a key that is fetched anew, or retired, starts with nothing.
 */
import { hash } from 'node:crypto';
import type { VerificationKey } from './keys.ts';

export interface SignatureMemo {
  has(key: VerificationKey, token: string): boolean;
  /** For a token that was verified; a bad one leaves nothing behind. */
  add(key: VerificationKey, token: string): void;
}

/** Tokens remembered for each key; the oldest go first. */
const CAPACITY = 20_000;

export function createSignatureMemo(capacity = CAPACITY): SignatureMemo {
  const verified = new WeakMap<VerificationKey, Set<string>>();
  return {
    has: (key, token) => verified.get(key)?.has(digest(token)) ?? false,
    add(key, token) {
      let tokens = verified.get(key);
      if (tokens === undefined) {
        tokens = new Set();
        verified.set(key, tokens);
      }
      tokens.add(digest(token));
      if (tokens.size > capacity) tokens.delete(tokens.values().next().value as string);
    },
  };
}

function digest(token: string): string {
  return hash('sha256', token, 'base64url');
}

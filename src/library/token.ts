/** A token in the form that the package exports. */
import type { MintedToken } from '../workos/tokens/mint.ts';
import type { Token } from './types.ts';

export function shownToken({ token, header, claims, idempotencyKey, expected }: MintedToken): Token {
  return { token, header, claims, idempotencyKey, expected };
}

/** The identity of a caller, as the rest of the program sees it. */

/** The claims that passed every check of the verifier, in the words of the contract (§1, steps 1 and 2). */
export interface VerifiedToken {
  /** The configured issuer without a trailing slash. */
  readonly issuer: string;
  /** `sub`: the WorkOS user id. */
  readonly subject: string;
  /** `jti`, or null when absent or blank. */
  readonly tokenId: string | null;
  /** `sid`, or null when absent or blank. */
  readonly sessionId: string | null;
  /** `exp` in whole seconds since 1970, rounded up. */
  readonly expiresAt: number;
  /** The key of the callback's record, see `idempotencyKeyOf`. */
  readonly idempotencyKey: string;
}

/** `workos-jti:…`, else `workos-session:…`. The prefix distinguishes a token id from an equal session id (contract §1, step 4). */
export function idempotencyKeyOf({ tokenId, sessionId }: Pick<VerifiedToken, 'tokenId' | 'sessionId'>): string {
  return tokenId === null ? `workos-session:${sessionId}` : `workos-jti:${tokenId}`;
}

/** A verified token with at least one id, and the e-mail address as WorkOS knows it (contract §1, step 3). */
export interface Identity extends VerifiedToken {
  readonly email: string;
}

/** The part of a WorkOS user that this program relies on. */
export interface WorkosUser {
  readonly id: string;
  readonly email: string;
}

/** A JSON Web Key Set as published: public keys only (RFC 7517 section 5). */
export interface PublicKeySet {
  readonly keys: readonly PublicKey[];
}

export interface PublicKey {
  readonly kty: string;
  readonly kid?: string;
  readonly [member: string]: unknown;
}

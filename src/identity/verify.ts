/** From an access token to its verified claims (contract §1, steps 1 and 2). */
import { ApiError } from '../errors.ts';
import { CHECKS, type CheckName } from './checks.ts';
import { normalizeIssuer } from './claims.ts';
import type { Examination, Finding, VerifierSettings } from './examination.ts';
import type { VerifiedToken } from './identity.ts';
import { member } from './json-object.ts';
import type { KeySource } from './keys.ts';
import type { SignatureMemo } from './signature-memo.ts';

export interface Verifier {
  readonly settings: VerifierSettings;
  readonly keys: KeySource;
  /** Remembers good signatures; without it every token is verified in full. */
  readonly memo?: SignatureMemo;
}

/** Called after every check that ran: with what it compared, or with the refusal that ended the examination. */
export type CheckObserver = (name: CheckName, result: Finding | ApiError, examination: Examination) => void;

/**
 * Runs every check in order.
 * @param now milliseconds since 1970
 * @throws ApiError with the reason of the first check that fails; code verification_unavailable when the keys cannot be had
 */
export async function verifyAccessToken(
  token: string,
  verifier: Verifier,
  now: number,
  observe?: CheckObserver,
): Promise<VerifiedToken> {
  const examination: Examination = { token, ...verifier, now: now / 1000 };
  for (const check of CHECKS) {
    try {
      const finding = await check.run(examination);
      observe?.(check.name, finding, examination);
    } catch (error) {
      if (observe && error instanceof ApiError) observe(check.name, error, examination);
      throw error;
    }
  }
  const payload = examination.payload ?? {};
  return {
    issuer: normalizeIssuer(verifier.settings.issuer),
    subject: member(payload, 'sub') as string,
    tokenId: examination.tokenId ?? null,
    sessionId: examination.sessionId ?? null,
    expiresAt: Math.ceil(member(payload, 'exp') as number), // a NumericDate may have a fraction (RFC 7519 section 2)
  };
}

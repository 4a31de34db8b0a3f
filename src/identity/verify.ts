/** From an access token to its verified claims (contract §1, steps 1 and 2). */
import { ApiError } from '../errors.ts';
import { CHECKS, type CheckName } from './checks.ts';
import { checkLifetime, lifetimeOf, normalizeIssuer } from './claims.ts';
import type { Examination, Finding, VerifierSettings } from './examination.ts';
import type { VerifiedToken } from './identity.ts';
import { member } from './json-object.ts';
import type { KeySource, VerificationKey } from './keys.ts';
import type { TokenMemo } from './token-memo.ts';

export interface Verifier {
  readonly settings: VerifierSettings;
  readonly keys: KeySource;
  /** Remembers accepted tokens; without it every token is verified in full. */
  readonly memo?: TokenMemo;
}

/** Called after every check that ran: with what it compared, or with the refusal that ended the examination. */
export type CheckObserver = (name: CheckName, result: Finding | ApiError, examination: Examination) => void;

/**
 * Runs every check in order. For a token that was accepted before, and whoever does not watch, only those whose answer may
 * have changed: the key is still published, and the time.
 * @param now milliseconds since 1970
 * @throws ApiError with the reason of the first check that fails; code verification_unavailable when the keys cannot be had
 */
export async function verifyAccessToken(
  token: string,
  verifier: Verifier,
  now: number,
  observe?: CheckObserver,
): Promise<VerifiedToken> {
  const { settings, keys, memo } = verifier;
  const known = observe ? undefined : memo?.recall(token);
  if (known?.settings === settings && (await keys.find(known.header)) === known.key) {
    checkLifetime(known.lifetime, now / 1000, settings.clockTolerance);
    return known.verified;
  }

  const examination: Examination = { token, settings, keys, now: now / 1000 };
  for (const check of CHECKS) {
    try {
      const finding = check.run(examination);
      const settled = finding instanceof Promise ? await finding : finding; // most are done at once
      observe?.(check.name, settled, examination);
    } catch (error) {
      if (observe && error instanceof ApiError) observe(check.name, error, examination);
      throw error;
    }
  }
  const verified = verifiedToken(examination);
  const { header = {}, payload = {} } = examination;
  memo?.remember(token, {
    header: { kid: member(header, 'kid') },
    key: examination.key as VerificationKey,
    settings,
    lifetime: lifetimeOf(payload),
    verified,
  });
  return verified;
}

function verifiedToken({ payload = {}, settings, tokenId, sessionId }: Examination): VerifiedToken {
  return {
    issuer: normalizeIssuer(settings.issuer),
    subject: member(payload, 'sub') as string,
    tokenId: tokenId ?? null,
    sessionId: sessionId ?? null,
    expiresAt: Math.ceil(member(payload, 'exp') as number), // a NumericDate may have a fraction (RFC 7519 section 2)
  };
}

/** From an access token to its verified claims (contract §1, steps 1 and 2). */
import { ApiError } from '../../errors/api-error.ts';
import { idempotencyKeyOf, type VerifiedToken } from '../identity.ts';
import type { Trace } from '../trace.ts';
import { CHECKS, type CheckName } from './checks.ts';
import { checkLifetime, lifetimeOf, normalizeIssuer } from './claims.ts';
import type { CheckFinding, Examination, VerifierSettings } from './examination.ts';
import { member } from './json-object.ts';
import type { KeySource, VerificationKey } from './keys.ts';
import type { RememberedToken, TokenMemo } from './memo.ts';
import { claimedSender, verifiedSender } from './sender.ts';

export interface Verifier {
  readonly settings: VerifierSettings;
  readonly keys: KeySource;
  /** Remembers accepted tokens; without it every token is verified in full. */
  readonly memo?: TokenMemo;
}

/** Called after every check that ran, with the values that it compared or with its refusal. */
export type CheckObserver = (name: CheckName, result: CheckFinding | ApiError, examination: Examination) => void;

/**
 * Runs every check in order. If the token was accepted before and there is no observer, only the checks whose result may
 * have changed are run: that the key is still published, and the time.
 * @param now milliseconds since 1970
 * @param trace watches without changing what is run
 * @throws ApiError with the reason of the first check that fails and the user of the token, as far as it can be read;
 *   code verification_unavailable if the keys cannot be fetched
 */
export async function verifyAccessToken(
  token: string,
  verifier: Verifier,
  now: number,
  observe?: CheckObserver,
  trace?: Trace,
): Promise<VerifiedToken> {
  const { settings, keys, memo } = verifier;
  const known = observe ? undefined : memo?.recall(token);
  if (known?.settings === settings && (await keys.find(known.header, trace)) === known.key) {
    trace?.remembered();
    return stillLives(known, now, settings);
  }

  const examination: Examination = { token, settings, keys, now: now / 1000, trace };
  for (const check of CHECKS) {
    try {
      const finding = check.run(examination);
      const settled = finding instanceof Promise ? await finding : finding; // most checks are synchronous
      observe?.(check.name, settled, examination);
      trace?.checked(check.name, settled, examination);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const refused = error.about(claimedSender(examination));
      observe?.(check.name, refused, examination);
      trace?.checked(check.name, refused, examination);
      throw refused;
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

/** @throws ApiError expired, not_yet_valid … */
function stillLives({ lifetime, verified }: RememberedToken, now: number, settings: VerifierSettings): VerifiedToken {
  try {
    checkLifetime(lifetime, now / 1000, settings);
  } catch (error) {
    throw error instanceof ApiError ? error.about(verifiedSender(verified)) : error;
  }
  return verified;
}

function verifiedToken({ payload = {}, settings, tokenId = null, sessionId = null }: Examination): VerifiedToken {
  return {
    issuer: normalizeIssuer(settings.issuer),
    subject: member(payload, 'sub') as string,
    tokenId,
    sessionId,
    expiresAt: Math.ceil(member(payload, 'exp') as number), // a NumericDate may have a fraction (RFC 7519 section 2)
    idempotencyKey: idempotencyKeyOf({ tokenId, sessionId }),
  };
}

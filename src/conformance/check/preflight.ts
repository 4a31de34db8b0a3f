/** Checks before the run that the target answers, is a callback API, and trusts the tokens. */
import { Failure } from '../../errors/failure.ts';
import { sendCallback } from '../replay/send.ts';
import type { BorrowedKeys } from './trial/borrowed-keys.ts';
import { describe, secretOf } from './trial/claims.ts';
import type { Target } from './trial/target.ts';
import { createTrial, type Trial, type TrialEdge } from './trial/trial.ts';

/** Milliseconds: a target that is busy at the beginning is reported soon. */
const FIRST_BUDGET_MS = 5000;

/**
 * @throws Failure unreachable, timed_out; credentials_refused when it does not trust the tokens;
 *   conflict when the users of this seed have signed in before
 */
export async function preflight(target: Target, seed: number, edge: TrialEdge): Promise<void> {
  const { url, minter } = target;
  const trial = createTrial(target, [seed, 'preflight'], edge);
  // Under an id of its own each time: a replay would not show that the user is known.
  const token = minter ? trial.user().token({ jti: edge.random.ulid(edge.now()) }) : trial.token();
  const probe = await trial.post(token, { budgetMs: FIRST_BUDGET_MS });
  // What answers a good token so is the callback API, whatever it does without one.
  if (probe.status !== 200 || probe.problem !== undefined) await isCallbackApi(trial, url, edge);
  if (probe.status === 401) {
    throw new Failure(
      'credentials_refused',
      `${url} does not trust ${minter ? 'the tokens of this state directory' : 'the token that was given'}: ${describe(probe)}`,
      minter ? hintFor(probe.reason) : 'Get a fresh token: AuthKit tokens live about five minutes.',
    );
  }
  if (probe.status >= 500) throw new Failure('unreachable', `${url} cannot judge tokens now: ${describe(probe)}`);
  if (minter && probe.status === 200 && probe.problem === undefined && secretOf(probe) === null) {
    throw new Failure(
      'conflict',
      `the users of seed ${seed} are known to ${url}: nothing would be a first sign-in`,
      'Choose another --seed, or none.',
    );
  }
}

async function isCallbackApi(trial: Trial, url: string, { signal }: TrialEdge): Promise<void> {
  const unauthenticated = await trial.settle(() => sendCallback({ url, token: undefined, signal }), FIRST_BUDGET_MS);
  if (unauthenticated.status !== 404 && unauthenticated.status !== 405 && unauthenticated.status !== 200) return;
  throw new Failure(
    'unreachable',
    `${url} answers ${describe(unauthenticated)} to a callback without a token: that is not the callback API`,
    'Give the base URL, without /v1/auth/web/callback.',
  );
}

/** Names the setting to change, if the target gives the reason. */
function hintFor(reason: string | null): string {
  if (reason === 'issuer_mismatch') return 'Name the issuer that the target expects with --issuer.';
  if (reason === 'client_id_mismatch') return 'Name the client that the target expects with --client-id.';
  if (reason === 'kid_unknown')
    return 'It trusts other keys: name the state directory of the `agent-paste serve` that it asks with --state-dir.';
  return 'Point its WORKOS_API_BASE_URL at a running `agent-paste serve` of this --state-dir, or give --token.';
}

/**
 * The key that signs the tokens of a check: a borrowed key, if the target accepts it at once. The target has already
 * fetched its keys for an earlier token, before the borrowed keys were published.
 * @returns undefined for a target that has not fetched its keys again yet; the usual key then signs
 */
export async function ownSigningKey(
  target: Target,
  keys: BorrowedKeys,
  seed: number,
  edge: TrialEdge,
): Promise<string | undefined> {
  const kid = keys.signing;
  if (kid === undefined) return undefined;
  const trial = createTrial(target, [seed, 'own key'], edge);
  const { status } = await trial.post(trial.user().token({ kid }), { isRepeated: false });
  return status === 200 ? kid : undefined;
}

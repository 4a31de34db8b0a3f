/** Before anything is judged: does the target answer, is it the callback, does it trust the tokens? */
import { Failure } from '../errors.ts';
import { sendCallback } from '../replay/send.ts';
import { describe, secretOf } from './judgement.ts';
import type { Target } from './target.ts';
import { createTrial, type TrialEdge } from './trial.ts';

/**
 * @throws Failure unreachable, timed_out; credentials_refused when it does not trust the tokens;
 *   conflict when the users of this seed have signed in before
 */
export async function preflight(target: Target, seed: number, edge: TrialEdge): Promise<void> {
  const { url, minter } = target;
  const unauthenticated = await sendCallback({ url, token: undefined });
  if (unauthenticated.status === 404 || unauthenticated.status === 405 || unauthenticated.status === 200) {
    throw new Failure(
      'unreachable',
      `${url} answers ${describe(unauthenticated)} to a callback without a token: that is not the callback API`,
      'Give the base URL, without /v1/auth/web/callback.',
    );
  }
  const trial = createTrial(target, [seed, 'preflight'], edge);
  // Under an id of its own each time: a replay would not show that the user is known.
  const token = minter ? trial.user().token({ jti: edge.random.ulid(edge.now()) }) : trial.token();
  const probe = await trial.post(token);
  if (probe.status === 401) {
    throw new Failure(
      'credentials_refused',
      `${url} does not trust ${minter ? 'the tokens of this state directory' : 'the token that was given'}: ${describe(probe)}`,
      minter
        ? 'Point its WORKOS_API_BASE_URL at a running `agent-paste serve` of this --state-dir, or give --token.'
        : 'Get a fresh token: AuthKit tokens live about five minutes.',
    );
  }
  if (probe.status >= 500) throw new Failure('unreachable', `${url} cannot judge tokens now: ${describe(probe)}`);
  if (minter && probe.status === 200 && secretOf(probe) === null) {
    throw new Failure(
      'conflict',
      `the users of seed ${seed} are known to ${url}: nothing would be a first sign-in`,
      'Choose another --seed, or none.',
    );
  }
}

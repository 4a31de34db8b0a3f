/** The table of bugs, for `serve --bug`, `check --self-test`, the tests and the documentation. */
import { closest } from '../../../errors/closest.ts';
import { Failure } from '../../../errors/failure.ts';
import type { RandomSource } from '../../../machine/random.ts';
import type { Settings } from '../../../machine/settings.ts';
import { isLoopback } from '../../../machine/values/network.ts';
import type { Wrapping } from '../../../server/parts.ts';
import { ANSWER_BUGS } from './answers.ts';
import type { Bug } from './bug.ts';
import { REPLAY_BUGS } from './replays.ts';
import { REQUEST_BUGS } from './requests.ts';
import { SECRET_BUGS } from './secrets.ts';
import { SIGN_IN_BUGS } from './sign-ins.ts';
import { TOKEN_BUGS } from './tokens.ts';

const ROWS = { ...REPLAY_BUGS, ...SIGN_IN_BUGS, ...TOKEN_BUGS, ...SECRET_BUGS, ...ANSWER_BUGS, ...REQUEST_BUGS };

export type BugName = keyof typeof ROWS;

export const BUGS: Readonly<Record<BugName, Bug>> = ROWS;

export const BUG_NAMES = Object.keys(ROWS) as readonly BugName[];

/** @throws Failure invalid_argument */
export function bugNamed(name: string): BugName {
  const found = BUG_NAMES.find((known) => known === name);
  if (found !== undefined) return found;
  throw new Failure(
    'invalid_argument',
    `--bug: no bug is called ${JSON.stringify(name)}${closest(name, BUG_NAMES)}`,
    `Bugs: ${BUG_NAMES.join(', ')}`,
  );
}

/**
 * All of these bugs at once, for a server that only this machine can reach.
 * @throws Failure invalid_argument for an unknown name, and for a server that is open to the network
 */
export function wrappingWith(names: readonly string[], settings: Settings, random: RandomSource): Wrapping {
  const bugs = names.map((name) => BUGS[bugNamed(name)]);
  if (!isLoopback(settings.host) || settings['allow-remote'] === 'true') {
    throw new Failure(
      'invalid_argument',
      '--bug breaks the server on purpose, and --host or --allow-remote would offer that to the network',
      'Run it on 127.0.0.1, without --allow-remote.',
    );
  }
  return bugs.map((bug) => bug.wrap(random)).reduce(around, {});
}

function around(inner: Wrapping, outer: Wrapping): Wrapping {
  const both =
    <T>(first: ((piece: T) => T) | undefined, then: ((piece: T) => T) | undefined) =>
    (piece: T) => {
      const wrapped = first ? first(piece) : piece;
      return then ? then(wrapped) : wrapped;
    };
  return {
    store: both(inner.store, outer.store),
    verifier: both(inner.verifier, outer.verifier),
    callback: both(inner.callback, outer.callback),
    fetch: (fetch, deps) => {
      const wrapped = inner.fetch?.(fetch, deps) ?? fetch;
      return outer.fetch?.(wrapped, deps) ?? wrapped;
    },
  };
}

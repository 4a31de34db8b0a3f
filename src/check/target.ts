/** The server that is judged, and what can be done with it. */
import type { Minter } from '../replay/minter.ts';
import type { OwnServer } from './own-server.ts';

export interface Target {
  /** Base URL. */
  readonly url: string;
  /** Signs tokens that the target trusts; absent where it trusts other keys than ours. */
  readonly minter?: Minter;
  /** Where none can be minted: those that were given, in turn. */
  readonly nextToken?: () => string;
  /** Present when this run started the target. */
  readonly own?: OwnTarget;
  /** Milliseconds that the target may take to notice that its issuer changed a key. */
  readonly patienceMs: number;
}

export interface OwnTarget {
  readonly stateDir: string;
  /** Starts another server like the target, with a state of its own. */
  readonly start: (flags: readonly string[]) => Promise<OwnServer>;
}

/** What an invariant works with. */
export const NEEDS = {
  token: 'an access token that the target accepts',
  mint: 'tokens of new users, so an issuer that the target trusts',
  keys: 'the signing keys of the issuer that the target trusts',
  files: 'the files of the target',
  process: 'the process of the target, to kill and start it',
} as const;

export type Need = keyof typeof NEEDS;

/** Why this target does not give what is needed; undefined when it does. */
export function whyNot(need: Need, { minter, own }: Target): string | undefined {
  if ((need === 'mint' || need === 'keys') && minter === undefined)
    return `needs ${NEEDS[need]}; the target was given tokens only`;
  if ((need === 'files' || need === 'process') && own === undefined)
    return `needs ${NEEDS[need]}, which this run did not start`;
  return undefined;
}

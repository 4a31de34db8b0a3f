/** The server that is judged, and the means to test it. */
import type { Minter } from '../../../server/minter.ts';
import { type BorrowedKeys, borrowKeys } from './borrowed-keys.ts';
import type { LaunchedServer, Launcher } from './launcher.ts';

export interface Target {
  /** Base URL. */
  readonly url: string;
  /** Signs tokens that the target trusts; absent if it trusts other keys. */
  readonly minter?: Minter;
  /** Keys that sign only for this check; absent if the issuer belongs to this check. */
  readonly keys?: BorrowedKeys;
  /** Signs every token that names no other key; by default the newest key. */
  readonly kid?: string;
  /** The users that were added, to be removed again. */
  readonly made?: Set<string>;
  /** The given tokens, in turn, if none can be minted. */
  readonly nextToken?: () => string;
  /** Present when this run started the target. */
  readonly own?: OwnTarget;
  /** Within so many milliseconds the target must notice a changed key of its issuer. */
  readonly patienceMs: number;
}

export interface OwnTarget {
  readonly stateDir: string;
  /** A file, or a URL with its password. */
  readonly database: string;
  /** Starts another server like the target, with its own state. */
  readonly start: (flags: readonly string[]) => Promise<LaunchedServer>;
}

/** A server that plays its own WorkOS sees a changed key at the next token. */
const OWN_PATIENCE_MS = 1000;

/** The target of a check without --url: a server of this program, with all means that invariants need. */
export async function startOwnTarget(launcher: Launcher, now: () => number): Promise<Target> {
  const { url, stateDir, database, minter } = await launcher.start([]);
  const keys = await borrowKeys(minter.keyring, now, 0);
  return { url, minter, keys, own: { stateDir, database, start: launcher.start }, patienceMs: OWN_PATIENCE_MS };
}

/** The means that invariants may need. */
export const NEEDS = {
  token: 'an access token that the target accepts',
  mint: 'tokens of new users, so an issuer that the target trusts',
  keys: 'the signing keys of the issuer that the target trusts',
  files: 'the files of the target',
  process: 'the process of the target, to kill and start it',
} as const;

export type Need = keyof typeof NEEDS;

/** The reason why this target lacks a needed means; undefined if it has all. */
export function whyNot(need: Need, { minter, own }: Target): string | undefined {
  if ((need === 'mint' || need === 'keys') && minter === undefined)
    return `needs ${NEEDS[need]}; the target was given tokens only`;
  if ((need === 'files' || need === 'process') && own === undefined)
    return `needs ${NEEDS[need]}, which this run did not start`;
  return undefined;
}

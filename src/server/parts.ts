/** The input of a server besides its settings, and the interface of a running one. */
import type { Hold, ResolveCallback } from '../callback/callback.ts';
import type { Verifier } from '../callback/token/verify.ts';
import type { Failure } from '../errors/failure.ts';
import type { RandomSource } from '../machine/random.ts';
import type { ReadStore } from '../store/read-store.ts';
import type { Store } from '../store/store.ts';
import type { MakeKey } from '../workos/keys/keyring.ts';
import type { AppDeps } from './app.ts';
import type { Fetch } from './http/listener.ts';
import type { Patience } from './http/patience.ts';
import type { ServerLog } from './log/request-log.ts';
import type { WatchedParts, Watcher } from './watcher.ts';

/** What the server takes from outside: clock, randomness, log. */
export interface ServerEdge {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly random: RandomSource;
  readonly log: ServerLog;
  readonly version: string;
  /** The process belongs to the caller, as that of a test does: nothing global is changed. */
  readonly isGuest?: boolean;
  /** The origin of the page of the inspector, while it runs. */
  readonly inspectorUrl?: () => string | undefined;
  /** Makes what watches callbacks. */
  readonly watch?: ((parts: WatchedParts) => Watcher) | undefined;
}

/** Wraps pieces of the server. `--bug` uses it, so that no piece needs a branch for a bug. */
export interface Wrapping {
  readonly store?: Wrap<Store>;
  readonly verifier?: Wrap<Verifier>;
  readonly callback?: Wrap<ResolveCallback>;
  readonly fetch?: (fetch: Fetch, deps: AppDeps) => Fetch;
  /** Makes the signing keys of the local WorkOS. */
  readonly makeKey?: MakeKey;
  /** Asked at each point of a callback, after `--hold`. */
  readonly hold?: Hold;
  /** Replaces limits on how long the server waits for its clients. */
  readonly patience?: Partial<Patience>;
  /** Milliseconds between two fetches of a remote JWKS for unknown `kid`s. */
  readonly jwksCooldownMs?: number;
  /** Milliseconds for which a read or write waits for another process that has locked a SQLite file. */
  readonly lockBudgetMs?: number;
}

type Wrap<T> = (piece: T) => T;

export function wrapped<T>(piece: T, wrap: Wrap<T> | undefined): T {
  return wrap ? wrap(piece) : piece;
}

export interface RunningServer {
  readonly url: string;
  readonly port: number;
  readonly jwksUrl: string;
  readonly callbackUrl: string;
  /** The page of the sign-in, without its query; null in remote mode. */
  readonly authorizeUrl: string | null;
  /** The database file, `:memory:`, or a URL without its password. */
  readonly db: string;
  /** The clock of its state when it started; undefined for the time of the machine. */
  readonly clock: string | undefined;
  /** The time by which it judges, in milliseconds since 1970. */
  readonly now: () => number;
  /** Resolves when the server cannot go on. It still answers; the caller must stop it. */
  readonly failed: Promise<Failure>;
  /** Reads its state beside it, also one in memory. @param onWarning called if a state is older or newer than this program */
  openReads(onWarning: (message: string) => void): Promise<ReadStore>;
  /** Fetches the JWKS again at once. */
  reloadKeys(): Promise<void>;
  /** Writes waiting rows of the attempts log, so that the next reader finds them. */
  flushLog(): Promise<void>;
  /** Deletes all rows, and writes those of the seed again. @throws Failure invalid_argument for a database that others may share */
  empty(): Promise<void>;
  /** Number of requests whose answers are not sent yet. */
  unanswered(): number;
  /** Lets running requests end, writes waiting rows, closes the files. */
  stop(): Promise<void>;
}

/** The first step of a start: all files are opened and seeded. The server does not listen yet. */
import { Failure } from '../errors/failure.ts';
import { noteDatabase } from '../machine/noted-databases.ts';
import type { Settings } from '../machine/settings.ts';
import { beginClock, serverTime } from '../machine/state-clock.ts';
import { databaseOf, openStateDirectory, pepperPlaceOf, statePaths } from '../machine/state-directory.ts';
import { guardState, serveState } from '../machine/state-guard.ts';
import { withoutPassword } from '../machine/values/database-url.ts';
import type { AttemptLog } from '../store/attempt-log.ts';
import { openAttemptLog, openRemoval, openServerReads, openStore } from '../store/open.ts';
import { readPeppers } from '../store/peppers.ts';
import type { ReadStore } from '../store/read-store.ts';
import type { Store } from '../store/store.ts';
import { type Issuer, openLocalIssuer, openRemoteIssuer } from './issuer.ts';
import { limitRefusedAttempts } from './log/refused-attempts.ts';
import { type ServerEdge, type Wrapping, wrapped } from './parts.ts';
import { signInOptions } from './workos/authkit/opening.ts';

export interface ServerState {
  /** The database file, `:memory:`, or a URL without its password. */
  readonly db: string;
  readonly store: Store;
  readonly attempts: AttemptLog;
  readonly issuer: Issuer;
  /** The clock with which the server begins; undefined for the time of the machine. */
  readonly clock: string | undefined;
  /** The time by which it judges, in milliseconds since 1970. */
  readonly now: () => number;
  /** Resolves when the database was replaced or removed. */
  readonly failed: Promise<Failure>;
  /** Reads it, also if it is in memory. */
  openReads(onWarning: (message: string) => void): Promise<ReadStore>;
  /** Deletes all rows, and writes those of the seed again. @throws Failure invalid_argument for a database that others may share */
  empty(): Promise<void>;
}

/**
 * @param closing gets everything that is opened, also if a later part of this step fails
 * @throws Failure for settings that contradict each other, an invalid seed, a state that cannot be used
 */
export async function openServerState(
  settings: Settings,
  edge: ServerEdge,
  wrapping: Wrapping,
  closing: AsyncDisposableStack,
): Promise<ServerState> {
  const seed = settings.seed === undefined ? undefined : (await import('./seed/seed.ts')).readSeed(settings.seed);
  const remote =
    settings['workos-api-url'] === undefined ? undefined : openRemoteIssuer(settings, wrapping.jwksCooldownMs);
  const signIn = signInOptions(settings);
  refuseForeignTokens(settings, settings.clock);
  const { random, log } = edge;

  const place = pepperPlaceOf(settings, statePaths(settings['state-dir']));
  if (typeof place !== 'string') readPeppers(place); // what cannot be read is refused before anything is made

  const paths = openStateDirectory(settings['state-dir']);
  const guard = await guardState(paths.directory, 'agent-paste serve', { onWait: log.warning });
  closing.defer(guard.release);
  const use = serveState(paths.directory);
  closing.defer(use.release);
  const clock = beginClock(paths.directory, settings.clock, use.isFirst);
  refuseForeignTokens(settings, clock);
  const now = clock === undefined ? edge.now : serverTime(paths.directory, clock, edge.now);

  // Started first: a new signing key is made on another thread while the databases open.
  const issuing =
    remote === undefined
      ? openLocalIssuer(settings, signIn, paths, { ...edge, now }, guard, wrapping)
      : Promise.resolve(remote);
  issuing.catch(() => undefined); // thrown where it is awaited below
  closing.defer(() => closeIssuer(issuing));

  const database = databaseOf(settings, paths);
  const db = withoutPassword(database);
  const keyEnvironment = settings['key-env'];
  const failed = Promise.withResolvers<Failure>();
  const onReplaced = () => failed.resolve(databaseReplaced(db));
  const poolSize = settings['db-pool-size'];
  const onWarning = log.warning;
  const opening = { database, poolSize, peppers: place, random, keyEnvironment, onReplaced, onWarning };
  const { store: opened, peppers } = await openStore({ ...opening, lockBudgetMs: wrapping.lockBudgetMs });
  const store = wrapped(opened, wrapping.store);
  closing.defer(() => store.close());
  if (db !== ':memory:' && place === paths.peppers) noteDatabase(paths, db);
  const { users } = paths;
  const writeSeed = () => seed?.write({ store, users, pepper: peppers.current, keyEnvironment, now: now(), random });
  await writeSeed();

  const attempts = await openAttemptLog(database, log.warning);
  closing.defer(() => attempts.close());
  const limited = limitRefusedAttempts(attempts.record, log.warning);
  closing.defer(limited.close);
  const issuer = await issuing;
  guard.release(); // all files exist now
  const empty = async () => {
    await attempts.flush();
    (await openRemoval({ database, users })).empty();
    await writeSeed();
  };
  const openReads = (onWarning: (message: string) => void) =>
    openServerReads({ database, users }, { store: opened, attempts }, onWarning);
  const { record } = limited;
  return { db, store, attempts: { ...attempts, record }, issuer, failed: failed.promise, openReads, empty, clock, now };
}

/** Tokens that are signed elsewhere have the time of that place. */
function refuseForeignTokens(settings: Settings, clock: string | undefined): void {
  const elsewhere = (['workos-api-url', 'jwks-url'] as const).find((name) => settings[name] !== undefined);
  if (clock === undefined || elsewhere === undefined) return;
  throw new Failure(
    'invalid_argument',
    `the clock ${clock} is for tokens that are signed here, and --${elsewhere} names another place`,
    `Leave out --clock or --${elsewhere}, or choose another --state-dir.`,
  );
}

/** If opening failed, nothing is left to close, and `openServerState` has thrown the failure. */
async function closeIssuer(issuing: Promise<Issuer>): Promise<void> {
  const issuer = await issuing.catch(() => undefined);
  await issuer?.authkit?.close();
  issuer?.localWorkos?.users.close();
}

function databaseReplaced(db: string): Failure {
  return new Failure(
    'state_mismatch',
    `${db} was replaced or removed while the server was running`,
    'Start the server again, after making sure that the file is the right one.',
  );
}

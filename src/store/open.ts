/** Opens a state. Only this file knows all engines, and it loads an engine when it is needed. */
import { join } from 'node:path';
import type { KeyEnvironment } from '../callback/workspace/api-key.ts';
import { Failure } from '../errors/failure.ts';
import type { RandomSource } from '../machine/random.ts';
import type { PepperPlace } from '../machine/state-directory.ts';
import { temporaryDirectory } from '../machine/temporary-directory.ts';
import { isDatabaseUrl, parseDatabaseUrl, withoutPassword } from '../machine/values/database-url.ts';
import type { SignIns } from '../workos/authkit/sign-ins.ts';
import type { UserDirectory } from '../workos/users.ts';
import type { AttemptLog } from './attempt-log.ts';
import { readBundle } from './bundle.ts';
import { openPeppers, type Peppers, temporaryPeppers } from './peppers.ts';
import type { PostgresPlace } from './postgres/store.ts';
import type { Probe } from './probe.ts';
import type { ReadStore, StatePlace } from './read-store.ts';
import type { Removal } from './removal.ts';
import { isConnected } from './sqlite/connected.ts';
import { openDirectory, type UsersOptions } from './sqlite/users.ts';
import type { Store } from './store.ts';

interface StoreOptions {
  /** A file, `:memory:`, or a URL with its password. */
  readonly database: string;
  /** The peppers; a database in memory has its own. */
  readonly peppers: PepperPlace;
  readonly random: RandomSource;
  readonly keyEnvironment: KeyEnvironment;
  /** The largest number of connections to a server database. */
  readonly poolSize?: number | undefined;
  /** Milliseconds for which a read or write waits for a locked SQLite file. */
  readonly lockBudgetMs?: number | undefined;
  /** Called when the database has been replaced or removed. */
  readonly onReplaced?: (() => void) | undefined;
  /** Called with a message for the person who runs the server. */
  readonly onWarning?: ((message: string) => void) | undefined;
  /** Creates neither a database nor peppers for it. */
  readonly mustExist?: boolean;
}

/** In which the API has its tables, unless the URL names another one. */
const REFERENCE_SCHEMA = 'public';
/** Of a command. */
const POOL_SIZE = 2;

/**
 * Opens the database for serving, with its peppers, and creates them if they are missing.
 * @throws Failure not_found, state_mismatch, state_unsafe, state_corrupt, state_newer, state_unwritable, state_locked;
 *   for a server database also unreachable, credentials_refused
 */
export async function openStore(options: StoreOptions): Promise<{ readonly store: Store; readonly peppers: Peppers }> {
  const { database, random, mustExist = false, poolSize = POOL_SIZE } = options;
  if (isDatabaseUrl(database)) {
    const { openPostgresStore } = await import('./postgres/store.ts');
    const peppers = (made: Parameters<typeof openPeppers>[1]) => openPeppers(options.peppers, made, random);
    return openPostgresStore(postgresPlace(database), { ...options, peppers, poolSize, mustExist });
  }
  const { databaseAt, openSqliteStore } = await import('./sqlite/store.ts');
  const file = databaseAt(database);
  if (mustExist) file.refuseMissing();
  const peppers = database === ':memory:' ? temporaryPeppers(random) : openPeppers(options.peppers, file, random);
  return { peppers, store: openSqliteStore({ ...options, path: database, peppers }) };
}

/** @param onWarning called once if the log cannot be written; callbacks go on without it. @throws Failure as `openStore` */
export async function openAttemptLog(database: string, onWarning: (message: string) => void): Promise<AttemptLog> {
  if (isDatabaseUrl(database))
    return (await import('./postgres/attempt-log.ts')).openPostgresAttemptLog(postgresPlace(database), { onWarning });
  const { attemptsPath, openAttemptLog } = await import('./sqlite/attempt-log.ts');
  return openAttemptLog({ path: attemptsPath(database), onWarning });
}

/**
 * Each part is opened at its first use.
 * @param onWarning called if a state is older or newer than this program
 */
export async function openReadStore(place: StatePlace, onWarning: (message: string) => void): Promise<ReadStore> {
  if (place.tables === 'reference') return openReference(place.database, onWarning);
  const { openSqliteReads } = await import('./sqlite/inspection/read-store.ts');
  if (!isDatabaseUrl(place.database)) return openSqliteReads(place, onWarning);
  const { openPostgresReads } = await import('./postgres/inspection/read-store.ts');
  return openPostgresReads(postgresPlace(place.database), { users: openSqliteReads(place, onWarning), onWarning });
}

/**
 * The reads of a state beside the server that runs here. If its database is in memory, the reads go over its connections.
 * @param opened the store and the log of attempts of the server
 */
export async function openServerReads(
  place: StatePlace,
  opened: { readonly store: Store; readonly attempts: AttemptLog },
  onWarning: (message: string) => void,
): Promise<ReadStore> {
  const { store: database, attempts } = opened;
  if (place.database !== ':memory:' || !isConnected(database) || !isConnected(attempts))
    return openReadStore(place, onWarning);
  const { openSqliteReads } = await import('./sqlite/inspection/read-store.ts');
  return openSqliteReads(place, onWarning, { database, attempts });
}

/**
 * The reads over a bundle, in files that are removed with it.
 * @throws Failure invalid_argument for a file that is no bundle
 */
export async function openBundle(path: string): Promise<ReadStore> {
  const bundle = readBundle(path);
  const { openSqliteReads } = await import('./sqlite/inspection/read-store.ts');
  const { writeBundle } = await import('./sqlite/bundle.ts');
  const directory = temporaryDirectory('inspect');
  const place = { database: join(directory.path, 'agent-paste.db'), users: join(directory.path, 'workos-users.db') };
  try {
    writeBundle(place, bundle, path);
  } catch (error) {
    directory[Symbol.dispose]();
    throw error;
  }
  const reads = openSqliteReads(place, () => undefined); // files of this version
  return {
    ...reads,
    async [Symbol.asyncDispose]() {
      await reads[Symbol.asyncDispose]();
      directory[Symbol.dispose]();
    },
  };
}

async function openReference(database: string, onWarning: (message: string) => void): Promise<ReadStore> {
  if (!isDatabaseUrl(database))
    throw new Failure(
      'invalid_argument',
      `--schema reference needs the PostgreSQL database of the API, and ${database} is a file`,
      'Name it: --db postgres://user@host:5432/name.',
    );
  const { openReferenceReads } = await import('./postgres/reference/read-store.ts');
  return openReferenceReads(postgresPlace(database, REFERENCE_SCHEMA), onWarning);
}

/**
 * The users of the local WorkOS: always a file of the state directory, also if another database has the callbacks.
 * @throws Failure not_found if a file that must only be read is missing, and as `openStore`
 */
export function openUsers(path: string, options: UsersOptions = {}): UserDirectory {
  return openDirectory(path, options);
}

/** The sign-ins of the local WorkOS, in the file of its users. @throws Failure as `openStore` */
export async function openSignIns(path: string): Promise<SignIns> {
  return (await import('./sqlite/sign-ins/sign-ins.ts')).openSignIns(path);
}

/** For `check`, in the database of a server that it started itself. */
export async function openProbe(database: string): Promise<Probe> {
  if (isDatabaseUrl(database)) return (await import('./postgres/probe.ts')).probeOf(postgresPlace(database));
  return (await import('./sqlite/probe.ts')).probeOf(database);
}

/**
 * Makes the tables of a server database, or takes them to the version of this program, as their owner.
 * @returns the version, and whether that changed anything
 * @throws Failure invalid_argument for a file, and as `openStore`
 */
export async function migrateDatabase(
  database: string,
  random: RandomSource,
): Promise<{ readonly version: number; readonly changed: boolean }> {
  if (isDatabaseUrl(database))
    return (await import('./postgres/store.ts')).migratePostgres(postgresPlace(database), random);
  throw new Failure(
    'invalid_argument',
    `${database} is not a PostgreSQL database`,
    'A file is migrated by the server that opens it; name a database with --db postgres://user@host:5432/name.',
  );
}

/** The files that a reset removes. @throws Failure invalid_argument for a database that others may share */
export async function openRemoval(place: StatePlace): Promise<Removal> {
  if (isDatabaseUrl(place.database)) {
    const { url, name } = postgresPlace(place.database);
    throw new Failure(
      'invalid_argument',
      `${name} may be shared, and is not reset`,
      `To empty it all the same, run: psql ${shellQuoted(name.replace(/\?.*/, ''))} -c 'DROP SCHEMA "${url.schema}" CASCADE'`,
    );
  }
  return (await import('./sqlite/removal.ts')).removalOf(place);
}

function postgresPlace(database: string, schema?: string): PostgresPlace {
  const refuse = (problem: string) => new Failure('invalid_argument', `the database URL ${problem}`);
  return { url: parseDatabaseUrl(database, refuse, schema), name: withoutPassword(database) };
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

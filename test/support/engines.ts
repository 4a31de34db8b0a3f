/** The databases that a state can lie in: a row opens an empty one, and removes it at the end. */
import { join } from 'node:path';
import { systemRandom } from '../../src/machine/random.ts';
import type { AttemptLog } from '../../src/store/attempt-log.ts';
import { openAttemptLog, openReadStore, openServerReads, openStore, openUsers } from '../../src/store/open.ts';
import type { Peppers } from '../../src/store/peppers.ts';
import type { ReadStore } from '../../src/store/read-store.ts';
import { CONNECTION, isConnected } from '../../src/store/sqlite/connected.ts';
import type { Store } from '../../src/store/store.ts';
import type { UserDirectory } from '../../src/workos/users.ts';
import { execute } from './database.ts';
import { type TemporaryDirectory, temporaryDirectory } from './directory.ts';
import { HAS_POSTGRES, testSchema } from './postgres.ts';

export interface EmptyState extends AsyncDisposable {
  /** Makes the database, the log of attempts and the users. */
  make(): Promise<WritableState>;
  /** Reads whatever was made; a warning fails the test. */
  read(): Promise<ReadStore>;
}

export interface WritableState {
  readonly store: Store;
  readonly attempts: AttemptLog;
  readonly users: UserDirectory;
  readonly peppers: Peppers;
  /** Changes the database by hand. @param sql a statement that every engine understands */
  execute(sql: string): Promise<void>;
}

export const ENGINES: Readonly<Record<string, () => EmptyState>> = {
  'SQLite files': () => {
    const directory = temporaryDirectory();
    const database = join(directory.path, 'agent-paste.db');
    return emptyState(directory, database, async (sql) => execute(database, sql));
  },
  ...(HAS_POSTGRES ? { PostgreSQL: postgresState } : {}),
};

/** Read over the connections of its server: it is there from the start, and has no snapshots. */
export const IN_MEMORY = 'SQLite in memory';

/** Those that are read, with those that only their server can read. */
export const READ_ENGINES: typeof ENGINES = { ...ENGINES, [IN_MEMORY]: memoryState };

function memoryState(): EmptyState {
  const directory = temporaryDirectory();
  const users = join(directory.path, 'workos-users.db');
  let made: WritableState | undefined;
  const execute = async (sql: string) => {
    if (made !== undefined && isConnected(made.store)) made.store[CONNECTION].exec(sql);
  };
  const state = emptyState(directory, ':memory:', execute);
  return {
    ...state,
    async make() {
      made = await state.make();
      return made;
    },
    async read() {
      made ??= await state.make();
      return openServerReads({ database: ':memory:', users }, made, refuseWarning);
    },
  };
}

function postgresState(): EmptyState {
  const directory = temporaryDirectory();
  const schema = testSchema();
  const state = emptyState(directory, schema.url, async (sql) => void (await schema.query(sql)));
  return {
    ...state,
    async [Symbol.asyncDispose]() {
      await state[Symbol.asyncDispose]();
      await schema[Symbol.asyncDispose]();
    },
  };
}

function emptyState(directory: TemporaryDirectory, database: string, execute: WritableState['execute']): EmptyState {
  const random = systemRandom();
  const peppers = join(directory.path, 'peppers.json');
  const users = join(directory.path, 'workos-users.db');
  const closing: (() => unknown)[] = [() => directory[Symbol.dispose]()];
  return {
    async make() {
      const opened = await openStore({ database, peppers, random, keyEnvironment: 'preview' });
      const attempts = await openAttemptLog(database, refuseWarning);
      const made = { ...opened, attempts, users: openUsers(users) };
      closing.push(() => made.store.close());
      closing.push(() => made.attempts.close());
      closing.push(() => made.users.close());
      return { ...made, execute };
    },
    async read() {
      const reads = await openReadStore({ database, users }, refuseWarning);
      closing.push(() => reads[Symbol.asyncDispose]());
      return reads;
    },
    async [Symbol.asyncDispose]() {
      for (const close of closing.toReversed()) await close();
    },
  };
}

function refuseWarning(message: string): never {
  throw new Error(message);
}

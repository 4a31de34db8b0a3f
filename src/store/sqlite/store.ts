/** The store in one SQLite file, which several processes may share. */
import type { DatabaseSync } from 'node:sqlite';
import { Failure } from '../../errors/failure.ts';
import type { RandomSource } from '../../machine/random.ts';
import type { MaybeMade, Peppers } from '../peppers.ts';
import type { SeedWorkspace, Store, StoreSettings } from '../store.ts';
import { apiKeysOver } from './api-keys.ts';
import { type CallbackRecords, prepareCallbackRecords, SWEEP_BATCH } from './callback-records.ts';
import { callbacksOver } from './callbacks.ts';
import { CONNECTION, type Connected } from './connected.ts';
import { type Connection, connect } from './connection.ts';
import { asFailure, isConstraint } from './file/errors.ts';
import { openPrepared } from './file/open.ts';
import { isMade, preparedFile, watchFile } from './file/path.ts';
import { type AddWorkspace, prepareAddWorkspace } from './inserts.ts';
import { type Members, prepareMembers } from './members.ts';
import { preparePages } from './pages.ts';
import { refuseOtherPepper } from './pepper-check.ts';
import { MAIN_SCHEMA } from './schema.ts';

export interface SqliteStoreOptions extends StoreSettings {
  /** A file, or `:memory:`. */
  readonly path: string;
  readonly peppers: Peppers;
  readonly random: RandomSource;
  /** Milliseconds for which an open waits for other processes. */
  readonly openBudgetMs?: number | undefined;
  /** Milliseconds for which a read or write waits for another process. */
  readonly lockBudgetMs?: number | undefined;
  /** Called when the file has been replaced or removed. */
  readonly onReplaced?: (() => void) | undefined;
}

export interface DatabaseFile extends MaybeMade {
  /** For commands that must not create files, not even beside a file of another program. @throws Failure not_found, state_corrupt */
  refuseMissing(): void;
}

export function databaseAt(path: string): DatabaseFile {
  return {
    name: path,
    isMade: () => isMade(path, MAIN_SCHEMA),
    refuseMissing() {
      try {
        preparedFile(path, MAIN_SCHEMA, true);
      } catch (error) {
        throw asFailure(error, path);
      }
    },
  };
}

/** @throws Failure if the file cannot be used (see `openDatabase`), or state_mismatch if it was made with another pepper */
export function openSqliteStore(options: SqliteStoreOptions): Store & Connected {
  const { path, peppers, openBudgetMs } = options;
  return openPrepared(path, MAIN_SCHEMA, { synchronous: 'FULL', openBudgetMs }, (db) => {
    refuseOtherPepper(db, path, peppers);
    return storeOver(db, options);
  });
}

function storeOver(
  db: DatabaseSync,
  { peppers, random, keyEnvironment, lockBudgetMs, onReplaced = () => undefined }: SqliteStoreOptions,
): Store & Connected {
  const connection = connect(db, watchFile(db.location(), onReplaced), lockBudgetMs);
  const { read, write } = connection;
  const records = prepareCallbackRecords(db, peppers);
  const members = prepareMembers(db);
  const addWorkspace = prepareAddWorkspace(db);
  const pages = preparePages(db);
  return {
    [CONNECTION]: db,
    ...callbacksOver(connection, { records, members, addWorkspace }, { peppers, random, keyEnvironment }),
    memberOf: (subject) => read(() => members.find(subject)),
    ...apiKeysOver(db, connection, members, peppers),
    keys: (workspaceId, page) => read(() => pages.keys(workspaceId, page)),
    events: (workspaceId, page) => read(() => pages.events(workspaceId, page)),
    artifacts: (workspaceId, page) => read(() => pages.artifacts(workspaceId, page)),
    artifact: (workspaceId, id) => read(() => pages.artifact(workspaceId, id)),
    seed: (workspaces, beforeCommit) =>
      write(() => {
        const added = addMissing(workspaces, members, addWorkspace);
        beforeCommit?.();
        return added;
      }).catch(refuseTaken),
    sweep: (now, signal) => sweep(now, connection, records, signal),
    ready: () => read(() => void records.hasExpired(0)),
    close: async () => connection.close(),
  };
}

/** @returns the number of new workspaces */
function addMissing(workspaces: readonly SeedWorkspace[], members: Members, add: AddWorkspace): number {
  const fresh = workspaces.filter(({ member }) => members.find(member.workos_user_id) === undefined);
  for (const each of fresh) add(each);
  return fresh.length;
}

function refuseTaken(error: unknown): never {
  if (!isConstraint(error)) throw error;
  throw new Failure(
    'conflict',
    'an id or an API key belongs to another workspace of the database',
    'Choose other ids, or another database with --db.',
    error,
  );
}

async function sweep(
  now: number,
  { read, write, checkpoint }: Connection,
  records: CallbackRecords,
  signal: AbortSignal | undefined,
): Promise<number> {
  let dropped = 0;
  if (await read(() => records.hasExpired(now))) {
    for (let batch = SWEEP_BATCH; batch === SWEEP_BATCH && !signal?.aborted; dropped += batch) {
      batch = await write(() => records.deleteExpired(now));
    }
  }
  // `secure_delete` overwrites deleted rows, and emptying the log removes their copies there. Both are needed, also
  // for an expired answer that was replaced. If a reader prevents it, the next sweep empties the log.
  await read(checkpoint);
  return dropped;
}

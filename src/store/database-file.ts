/** The file of a database before SQLite sees it: where it is, whether it is ours, and who may read it. */
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  lstatSync,
  openSync,
  readSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { Failure, refusal } from '../errors.ts';
import { createPrivateFile, ensurePrivateDirectory, tightenFile } from '../private-file.ts';
import type { SchemaFamily } from './schema.ts';

/** The real path of a file that is safe to open; made when missing, except for reading. @throws Failure, and what the file system throws */
export function preparedFile(path: string, family: SchemaFamily, readOnly: boolean): string {
  if (!existsSync(path)) {
    if (readOnly)
      throw new Failure(
        'not_found',
        `there is no ${family.name} at ${path}`,
        'Start the server once, or check --state-dir and --db.',
      );
    ensurePrivateDirectory(dirname(path));
    createPrivateFile(path);
  }
  const file = realpathSync(path);
  const stat = lstatSync(file);
  if (!stat.isFile()) throw new Failure('state_unwritable', `${file} is not a file`, 'Name a database file with --db.');
  // Two names for one file have two WALs, and each would undo the other (sqlite.org/howtocorrupt.html).
  if (stat.nlink > 1)
    throw new Failure(
      'state_unsafe',
      `${file} has ${stat.nlink} names (hard links)`,
      'Keep one of them, or copy the file.',
    );
  if (stat.size > 0) refuseForeignHeader(file, stat.size, family);
  // The size is read again, for another process that starts now writes the file first and its log then.
  else if (sizeOf(`${file}-wal`) > 0 && sizeOf(file) === 0)
    throw new Failure(
      'state_corrupt',
      `${file} is empty but ${file}-wal is not`,
      'The database was lost from beside its log; restore a backup, or move both away.',
    );
  else if (readOnly)
    throw new Failure('not_found', `${file} is empty`, 'Start the server once, or check --state-dir and --db.');
  if (!readOnly) {
    tighten(file);
    accessSync(file, constants.W_OK); // SQLite would open it for reading, and fail at the first sign-in
  }
  return file;
}

/** Whether the file is a database of ours that somebody has written to. */
export function isMade(path: string, family: SchemaFamily): boolean {
  const size = sizeOf(path);
  if (size === 0) return false;
  const header = readHeader(path, size);
  return header?.applicationId === family.applicationId || (header?.fresh === true && sizeOf(`${path}-wal`) > 0);
}

export function notOurs(file: string, family: SchemaFamily, why: string): Failure {
  return new Failure(
    'state_corrupt',
    `${file} is no ${family.name}: ${why}`,
    'Nothing was changed. Name another file with --db, or another directory with --state-dir.',
  );
}

/**
 * Refuses to go on with a file that has lost its name: what is written there, nobody would find again, and what is
 * read there, nobody else sees.
 * @param file as `DatabaseSync.location()` names it; null in memory
 * @param onReplaced called each time before it throws
 * @returns throws ApiError database_replaced when it is called and the file is another one, or none
 */
export function watchFile(file: string | null, onReplaced: () => void): () => void {
  if (file === null) return () => undefined;
  const opened = statSync(file, { bigint: true });
  return () => {
    const now = statSync(file, { bigint: true, throwIfNoEntry: false });
    if (now?.ino === opened.ino && now.dev === opened.dev) return;
    onReplaced();
    throw refusal('database_replaced', {
      expected: 'the file that was opened',
      received: now ? 'another file' : 'no file',
    });
  };
}

/** So that somebody else's file is not touched: SQLite itself would take a lock, and at the end move its log into it. */
function refuseForeignHeader(file: string, size: number, family: SchemaFamily): void {
  const header = readHeader(file, size);
  if (header === undefined) throw notOurs(file, family, 'it is not a SQLite database');
  if (header.applicationId !== family.applicationId && !header.fresh)
    throw notOurs(file, family, 'it belongs to another program');
}

interface Header {
  readonly applicationId: number;
  /** Neither tables nor a version: new, or its first commit is still in the log. */
  readonly fresh: boolean;
}

/** The first 100 bytes (sqlite.org/fileformat.html); `undefined` when they are no SQLite header. */
function readHeader(file: string, size: number): Header | undefined {
  const bytes = Buffer.alloc(100);
  const fd = openSync(file, 'r');
  try {
    readSync(fd, bytes, 0, 100, 0);
  } finally {
    closeSync(fd);
  }
  if (size < 100 || bytes.toString('latin1', 0, 16) !== 'SQLite format 3\0') return undefined;
  const schemaCookie = bytes.readUInt32BE(40);
  const userVersion = bytes.readUInt32BE(60);
  const applicationId = bytes.readUInt32BE(68);
  return { applicationId, fresh: applicationId === 0 && schemaCookie === 0 && userVersion === 0 };
}

/** SQLite gives its log and index the mode of the database, but only when it makes them. */
function tighten(file: string): void {
  for (const each of [file, `${file}-wal`, `${file}-shm`]) {
    const stat = lstatSync(each, { throwIfNoEntry: false });
    if (stat) tightenFile(each, stat);
  }
}

function sizeOf(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat?.isFile() ? stat.size : 0; // a directory has one too
}

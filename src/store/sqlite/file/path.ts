/** Checks the file of a database before SQLite opens it: its path, its owner and mode, and whether it is ours. */
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
import { refusal } from '../../../errors/api-error.ts';
import { Failure } from '../../../errors/failure.ts';
import { createPrivateFile, ensureDirectory, tightenFile } from '../../../machine/private-file.ts';
import type { SchemaFamily } from './migrate.ts';
import { isOpenHere } from './open-here.ts';

/** The real path of a file that is safe to open. A missing file is created, except for reading. @throws Failure, and errors of the file system */
export function preparedFile(path: string, family: SchemaFamily, readOnly: boolean): string {
  if (!existsSync(path)) {
    if (readOnly)
      throw new Failure(
        'not_found',
        `there is no ${family.name} at ${path}`,
        'Start the server once, or check --state-dir and --db.',
      );
    ensureDirectory(dirname(path));
    createPrivateFile(path);
  }
  const file = realpathSync(path);
  const stat = lstatSync(file);
  if (!stat.isFile()) throw new Failure('state_unwritable', `${file} is not a file`, 'Name a database file with --db.');
  // A file with two names would have two WALs, each of which would overwrite the other's changes (sqlite.org/howtocorrupt.html).
  if (stat.nlink > 1)
    throw new Failure(
      'state_unsafe',
      `${file} has ${stat.nlink} names (hard links)`,
      'Keep one of them, or copy the file.',
    );
  if (stat.size > 0) refuseForeignHeader(file, stat.size, family);
  // The size is read again, because another process that starts now writes the file first and then its log.
  else if (sizeOf(`${file}-wal`) > 0 && sizeOf(file) === 0)
    throw new Failure(
      'state_corrupt',
      `${file} is empty but ${file}-wal is not`,
      'The database was lost and only its log remains; restore a backup, or move both away.',
    );
  else if (readOnly)
    throw new Failure('not_found', `${file} is empty`, 'Start the server once, or check --state-dir and --db.');
  if (!readOnly) {
    tighten(file);
    accessSync(file, constants.W_OK); // SQLite would open it read-only and fail at the first sign-in
  }
  return file;
}

/** Whether the file is a database of this program with content. */
export function isMade(path: string, family: SchemaFamily): boolean {
  const size = sizeOf(path);
  if (size === 0) return false;
  if (isOpenHere(path)) return true;
  const header = readHeader(path, size);
  return header?.applicationId === family.applicationId || (header?.fresh === true && sizeOf(`${path}-wal`) > 0);
}

export function notOurs(file: string, family: SchemaFamily, why: string): Failure {
  return new Failure(
    'state_corrupt',
    `${file} is not the ${family.name}: ${why}`,
    'Nothing was changed. Name another file with --db, or another directory with --state-dir.',
  );
}

/**
 * Refuses to go on with a file that was replaced or removed: rows written to it would be lost, and rows read from it would
 * be outdated.
 * @param file as `DatabaseSync.location()` names it; null in memory
 * @param onReplaced called each time before it throws
 * @returns a function that throws ApiError database_replaced if the file was replaced or removed
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

/** Reads only the header. @throws Failure state_corrupt */
export function refuseForeignFile(file: string, family: SchemaFamily): void {
  const size = sizeOf(file);
  if (size > 0) refuseForeignHeader(file, size, family);
}

/** Avoids touching a file of another program: SQLite would take a lock on it and, when closing, move its log into it. */
function refuseForeignHeader(file: string, size: number, family: SchemaFamily): void {
  if (isOpenHere(file)) return; // and was judged when it was opened
  const header = readHeader(file, size);
  if (header === undefined) throw notOurs(file, family, 'it is not a SQLite database');
  if (header.applicationId !== family.applicationId && !header.fresh)
    throw notOurs(file, family, 'it belongs to another program');
}

interface Header {
  readonly applicationId: number;
  /** Has neither tables nor a version: the file is new, or its first commit is still in the log. */
  readonly fresh: boolean;
}

/** Of a file that this process has not open. The first 100 bytes (sqlite.org/fileformat.html); `undefined` if they are not a SQLite header. */
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

/** SQLite gives its log and index the mode of the database, but only when it creates them. */
function tighten(file: string): void {
  for (const each of [file, `${file}-wal`, `${file}-shm`, `${file}-journal`]) tightenFile(each);
}

function sizeOf(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat?.isFile() ? stat.size : 0; // directories also have a mode
}

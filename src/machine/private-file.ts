/**
 * Files that only their owner may access: signing keys, peppers, databases.
 *
 * They are complete or absent (written beside, synced, renamed, directory synced) and have at most mode 0600. Like ssh
 * with its keys, this program refuses a file that another user could have read or planted.
 */
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { Failure } from '../errors/failure.ts';

/**
 * Creates a missing directory for keys and peppers with mode 0700: other users must not have access.
 * @throws Failure state_unwritable; state_unsafe for another owner or any access by others
 */
export function ensurePrivateDirectory(path: string): void {
  const stat = ensureDirectory(path);
  const { mode } = stat;
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new Failure(
      'state_unsafe',
      `${path} has mode ${octal(mode)}: others could read it or put files into it`,
      `If you made it yourself, run \`chmod 700 ${path}\`. If that changes nothing, or it came with a repository or an archive, choose another place with --state-dir: others may know these keys.`,
    );
  }
}

/**
 * Creates a missing directory with mode 0700. If it exists, other users may read it but not write to it.
 * @throws Failure state_unwritable, state_unsafe
 */
export function ensureDirectory(path: string): Stats {
  let isNew = false;
  try {
    isNew = makeDirectory(path);
  } catch (error) {
    throw new Failure(
      'state_unwritable',
      `cannot create the directory ${path}: ${systemReason(error)}`,
      'Choose another place with --state-dir, or fix its permissions.',
      error,
    );
  }
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat?.isDirectory()) {
    throw new Failure(
      'state_unwritable',
      `${path} is ${stat ? 'a file, not a directory' : 'a link to nothing'}`,
      'Choose another place with --state-dir.',
    );
  }
  refuseForeignOwner(path, stat);
  if (isNew && hasFixedMode(stat)) {
    rmdirSync(path);
    throw fixedMode(path, stat);
  }
  // A user with write permission could replace our files; the sticky bit, as on /tmp, prevents that.
  if (process.platform !== 'win32' && (stat.mode & 0o002) !== 0 && (stat.mode & 0o1000) === 0) {
    throw new Failure('state_unsafe', `${path} can be written by all users`, chmodHint(path));
  }
  return stat;
}

/**
 * Node's own `recursive` never returns if an existing directory, such as /proc, refuses a new one.
 * @returns whether it was missing
 */
function makeDirectory(path: string): boolean {
  if (existsSync(path)) return false;
  if (dirname(path) !== path) makeDirectory(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error; // another process was faster
    return false;
  }
}

/**
 * Whether other users have access to what was made, or changed, to give them none: FAT, and directories that another
 * system shares with a virtual machine, have one mode for everything.
 */
export function hasFixedMode({ mode }: Stats): boolean {
  return process.platform !== 'win32' && (mode & 0o077) !== 0;
}

function fixedMode(path: string, { mode }: Stats): Failure {
  return new Failure(
    'state_unsafe',
    `${path} has mode ${octal(mode)}, and its file system keeps no other: others could read it`,
    'Choose a place on another file system with --state-dir or --db.',
  );
}

function octal(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, '0');
}

/** For a directory that other users may enter. */
export function chmodHint(path: string): string {
  return `Run \`chmod 700 ${path}\`. If that changes nothing, choose a place on another file system with --state-dir.`;
}

/**
 * Writes a file with mode 0600. It is complete or absent at every moment, and durable when this returns.
 * With `exclusive`, an existing file stays: the first of two processes creates it, and the second gets `false`.
 * @throws Failure state_unwritable; with `exclusive`, no new file stays behind
 */
export function writePrivateFile(path: string, text: string, options: { exclusive?: boolean } = {}): boolean {
  const temporary = temporaryName(path);
  let isPlaced = false;
  try {
    const fd = openSync(
      temporary,
      constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | constants.O_NOFOLLOW,
      0o600,
    );
    try {
      writeFileSync(fd, text);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    if (options.exclusive) {
      isPlaced = placedFirst(temporary, path);
      if (!isPlaced) return false;
    } else {
      renameSync(temporary, path);
    }
    syncDirectory(dirname(path));
    return true;
  } catch (error) {
    rmSync(temporary, { force: true });
    if (isPlaced) rmSync(path, { force: true });
    throw new Failure(
      'state_unwritable',
      `cannot write ${path}: ${systemReason(error)}`,
      'Check the disk and the permissions.',
      error,
    );
  }
}

/** A name beside the file. It is random, because two containers with a shared volume may have the same process id. */
export function temporaryName(path: string): string {
  return `${path}.${randomBytes(8).toString('hex')}.tmp`;
}

/** Matches the suffix of `temporaryName`; earlier versions used process ids. */
export const TEMPORARY_SUFFIX = String.raw`\.(?:[0-9a-f]{16}|\d+)\.tmp`;

/** Unlike a rename, a link fails if the name is taken. @returns whether the name was free */
function placedFirst(temporary: string, path: string): boolean {
  try {
    linkSync(temporary, path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (code === undefined || !WITHOUT_HARD_LINKS.has(code)) throw error;
    // This file system cannot decide between two processes, but the guard of the state directory already has.
    if (existsSync(path)) return false;
    renameSync(temporary, path);
    return true;
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Errors of link(2) on FAT, many FUSE and some network file systems. */
const WITHOUT_HARD_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/**
 * Reads a file that no other user can have read or planted; `undefined` if it does not exist.
 * @throws Failure state_unsafe for a link, another owner, or access by others
 */
export function readPrivateFile(path: string): string | undefined {
  let fd: number;
  try {
    // Without this flag, opening a pipe would block before it can be refused.
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return undefined;
    if (code === 'ELOOP') throw isLink(path);
    throw new Failure(
      'state_unsafe',
      `cannot read ${path}: ${systemReason(error)}`,
      'Check its owner and permissions.',
      error,
    );
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile())
      throw new Failure('state_unsafe', `${path} is not a regular file`, 'Move it away, or restore the file.');
    refuseForeignOwner(path, stat);
    if (process.platform !== 'win32' && (stat.mode & 0o077) !== 0) {
      throw new Failure(
        'state_unsafe',
        `${path} has mode ${octal(stat.mode)}: others could read it`,
        `Run \`chmod 600 ${path}\`, and rotate its keys if the machine is shared.`,
      );
    }
    if (stat.size > MOST_BYTES)
      throw new Failure('state_corrupt', `${path} has ${stat.size} bytes, which none of ours has`, 'Restore the file.');
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

/** Keys, peppers, notes and lists have some kilobytes. Reading a larger file would block the server. */
const MOST_BYTES = 4_194_304;

/**
 * Reads a file that a platform mounts with secrets: the platform chooses its owner, its group may read it, and it may
 * be a link.
 * @throws Failure state_unsafe for a file that every user may read, invalid_argument for one that cannot be read
 */
export function readMountedFile(path: string): string {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw new Failure('invalid_argument', `cannot read ${path}: ${systemReason(error)}`, 'Check the mount.', error);
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) throw new Failure('state_unsafe', `${path} is not a regular file`, 'Check the mount.');
    if (process.platform !== 'win32' && (stat.mode & 0o007) !== 0)
      throw new Failure(
        'state_unsafe',
        `${path} can be read by every user`,
        `Mount it with mode 0440, or run \`chmod o= ${path}\`.`,
      );
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

/** @throws Failure state_unsafe for a link, which SQLite would follow */
export function refuseLink(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) throw isLink(path);
}

/** Creates an empty 0600 file if it is missing, so that SQLite does not choose the mode. */
export function createPrivateFile(path: string): void {
  if (existsSync(path)) return;
  try {
    closeSync(openSync(path, constants.O_CREAT | constants.O_EXCL | constants.O_RDWR | constants.O_NOFOLLOW, 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
    throw new Failure(
      'state_unwritable',
      `cannot create ${path}: ${systemReason(error)}`,
      'Check the directory and its permissions.',
      error,
    );
  }
}

/**
 * Removes the access of other users to a file of ours, which may come from a wide umask or a copy. A link is not followed:
 * its target may belong to another program. The file is not opened: closing it would release the locks that SQLite
 * holds on it in this process (sqlite.org/howtocorrupt.html, section 2.2).
 * @throws Failure state_unsafe for a link, another owner, or another kind of file
 */
export function tightenFile(path: string): void {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (stat.isSymbolicLink()) throw isLink(path);
  if (!stat.isFile())
    throw new Failure('state_unsafe', `${path} is not a regular file`, 'Move it away, or restore the file.');
  refuseForeignOwner(path, stat);
  // Only this user may write to the directory, so the name still leads to the same file.
  if (process.platform === 'win32' || (stat.mode & 0o077) === 0) return;
  try {
    chmodSync(path, 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EROFS') throw error;
  }
  const now = lstatSync(path);
  if (hasFixedMode(now)) throw fixedMode(path, now);
}

function isLink(path: string): Failure {
  return new Failure('state_unsafe', `${path} is a symbolic link`, 'Replace it with the file itself.');
}

/** The message of the operating system without Node's additions: "permission denied (EACCES)". */
export function systemReason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const words = /^[A-Z0-9]+: ([^,]+)/.exec(message ?? '')?.[1];
  return words && code ? `${words} (${code})` : (message ?? String(error));
}

function refuseForeignOwner(path: string, stat: Stats): void {
  const me = process.getuid?.();
  if (me !== undefined && stat.uid !== me) {
    throw new Failure(
      'state_unsafe',
      `${path} belongs to user ${stat.uid}, not to you (${me})`,
      'Choose another place with --state-dir.',
    );
  }
}

function syncDirectory(path: string): void {
  if (process.platform === 'win32') return; // on Windows, directories cannot be opened
  const fd = openSync(path, constants.O_RDONLY);
  try {
    fsyncSync(fd);
  } catch (error) {
    if (!WITHOUT_DIRECTORY_SYNC.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    closeSync(fd);
  }
}

/** Errors of fsync(2) on a directory of a file system that has no such thing. SQLite goes on there too. */
const WITHOUT_DIRECTORY_SYNC: ReadonlySet<string> = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

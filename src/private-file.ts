/**
 * Files that only their owner may touch: signing keys, peppers, databases.
 *
 * They are whole or absent (written beside, synced, renamed, directory synced), never wider than 0600, and refused
 * when somebody else could have read or planted them, as ssh does with its keys.
 */
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { Failure } from './errors.ts';

/** Creates a directory with mode 0700 where it is missing. @throws Failure state_unwritable, state_unsafe */
export function ensurePrivateDirectory(path: string): void {
  try {
    makeDirectory(path);
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
  // Whoever may write there can put another file in place of ours; the sticky bit, as on /tmp, prevents that.
  if (process.platform !== 'win32' && (stat.mode & 0o002) !== 0 && (stat.mode & 0o1000) === 0) {
    throw new Failure('state_unsafe', `${path} can be written by everybody`, `Run \`chmod 700 ${path}\`.`);
  }
}

/** Node's own `recursive` never returns where a directory exists and refuses to hold another, such as /proc. */
function makeDirectory(path: string): void {
  if (existsSync(path)) return;
  if (dirname(path) !== path) makeDirectory(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error; // another process was faster
  }
}

/**
 * Writes a file that is whole or absent, 0600, and durable when this returns.
 * With `exclusive`, an existing file wins: the first of two processes creates it and `false` tells the second.
 * @throws Failure state_unwritable
 */
export function writePrivateFile(path: string, text: string, options: { exclusive?: boolean } = {}): boolean {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    rmSync(temporary, { force: true });
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
      try {
        linkSync(temporary, path); // unlike rename, fails when the name is taken
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
        throw error;
      } finally {
        unlinkSync(temporary);
      }
    } else {
      renameSync(temporary, path);
    }
    syncDirectory(dirname(path));
    return true;
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new Failure(
      'state_unwritable',
      `cannot write ${path}: ${systemReason(error)}`,
      'Check the disk and the permissions.',
      error,
    );
  }
}

/**
 * Reads a file that nobody else may have read or planted; `undefined` when it does not exist.
 * @throws Failure state_unsafe for a link, a foreign owner or mode bits beyond the owner's
 */
export function readPrivateFile(path: string): string | undefined {
  let fd: number;
  try {
    // A pipe in its place would be waited for, before it can be refused.
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return undefined;
    if (code === 'ELOOP')
      throw new Failure('state_unsafe', `${path} is a symbolic link`, 'Replace it by the file itself.');
    throw new Failure('state_unsafe', `cannot read ${path}: ${systemReason(error)}`, 'Check whose it is.', error);
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile())
      throw new Failure('state_unsafe', `${path} is not a regular file`, 'Move it away, or restore the file.');
    refuseForeignOwner(path, stat);
    if (process.platform !== 'win32' && (stat.mode & 0o077) !== 0) {
      const mode = (stat.mode & 0o777).toString(8).padStart(4, '0');
      throw new Failure(
        'state_unsafe',
        `${path} has mode ${mode}: others could read it`,
        `Run \`chmod 600 ${path}\`, and rotate what it holds if the machine is shared.`,
      );
    }
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

/** Makes an empty 0600 file where none exists, so that what opens it next does not choose the mode. */
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

/** Takes from others what a file of ours gives them, which a wide umask or a careless copy may have given. */
export function tightenFile(path: string, stat: Stats): void {
  refuseForeignOwner(path, stat);
  if (process.platform !== 'win32' && (stat.mode & 0o077) !== 0) chmodSync(path, 0o600);
}

/** The words of the operating system without Node's decoration: "permission denied (EACCES)". */
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
  if (process.platform === 'win32') return; // directories cannot be opened there
  const fd = openSync(path, constants.O_RDONLY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

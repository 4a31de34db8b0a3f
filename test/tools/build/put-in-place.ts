/** From a finished build to the `dist` that programs are started from, whatever else builds or starts meanwhile. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { exclusively, isHeld } from '../../../src/machine/file-lock.ts';

/** What every start reads first. It comes last, when the chunks that it names are there. */
const ENTRY = 'main.cjs';

const LOCK = '.lock';

/** SQLite's lock is not fair: of many builds one may be overtaken by all others. */
const WAIT_MS = 60_000;

/** How the directories of builds begin that are not finished yet, below `dist`. */
export const BUILDING = '.building-';

/** In such a directory, held by its build. */
export const BUILD_LOCK = '.in-use.lock';

/** For how long the chunks of earlier builds stay: servers that were started from them load some only when needed. */
const KEPT_MS = 24 * 60 * 60 * 1000;

/**
 * Moves the files of a finished build into `dist` one by one, so that the program can be started at any moment. One
 * process at a time.
 * @param made a directory on the same disk
 * @param clean leaves no file of earlier builds
 */
export function putInPlace(made: string, dist: string, clean: boolean): void {
  mkdirSync(dist, { recursive: true });
  exclusively(join(dist, LOCK), () => place(made, dist, clean), WAIT_MS);
}

function place(made: string, dist: string, clean: boolean): void {
  const files = filesIn(made).sort((a, b) => Number(a === ENTRY) - Number(b === ENTRY));
  for (const name of files) {
    mkdirSync(dirname(join(dist, name)), { recursive: true });
    renameSync(join(made, name), join(dist, name));
  }
  removeOld(dist, files, Date.now() - KEPT_MS, clean);
}

/**
 * Removes files that are not of this build and made before that time, and everything that killed builds have left. A build
 * that has made its directory and not its lock yet is told by its age.
 */
function removeOld(dist: string, kept: readonly string[], before: number, clean: boolean): void {
  const isOld = (path: string) => (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? before) < before;
  const isAbandoned = (path: string) => {
    const lock = join(path, BUILD_LOCK);
    return existsSync(lock) ? !isHeld(lock) : isOld(path);
  };
  for (const name of filesIn(dist))
    if (!kept.includes(name) && (clean || isOld(join(dist, name)))) rmSync(join(dist, name), { force: true });
  for (const name of readdirSync(dist))
    if (name.startsWith(BUILDING) && isAbandoned(join(dist, name)))
      rmSync(join(dist, name), { recursive: true, force: true });
}

/** Paths below a directory; names that begin with a dot are left to their owners: the lock, other builds, Node's cache. */
function filesIn(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.'))
    .flatMap((entry) =>
      entry.isDirectory() ? filesIn(join(directory, entry.name)).map((path) => join(entry.name, path)) : [entry.name],
    );
}

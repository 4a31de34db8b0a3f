/** The files of a state directory. */
import { Buffer } from 'node:buffer';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Failure } from '../errors/failure.ts';
import { isTracked } from './git-index.ts';
import { ensurePrivateDirectory, systemReason } from './private-file.ts';
import { withPassword } from './values/database-url.ts';

export interface StatePaths {
  readonly directory: string;
  /** Workspaces, members, keys, events, records; `--db` chooses another file. */
  readonly database: string;
  /** The users of the local WorkOS. */
  readonly users: string;
  /** The signing keys of the local WorkOS, a file each. */
  readonly signingKeys: string;
  /** The secrets for hashing API keys and sealing answers. */
  readonly peppers: string;
}

export function statePaths(directory: string): StatePaths {
  const root = resolve(directory);
  return {
    directory: root,
    database: join(root, 'agent-paste.db'),
    users: join(root, 'workos-users.db'),
    signingKeys: join(root, 'signing-keys'),
    peppers: join(root, 'peppers.json'),
  };
}

/** The database of these settings: a path, `:memory:`, or a URL with its password. */
export function databaseOf(
  { db, 'db-password': password }: { readonly db?: string | undefined; readonly 'db-password'?: string | undefined },
  paths: StatePaths,
): string {
  return db === undefined ? paths.database : withPassword(db, password);
}

/**
 * Creates the directory, for its owner only.
 * @throws Failure state_unwritable; state_unsafe if other users have access, or if git tracks the directory, because all
 *   readers of the repository then know its keys and peppers
 */
export function openStateDirectory(directory: string): StatePaths {
  const paths = statePaths(directory);
  const tooLong = longPath(paths.directory);
  if (tooLong !== undefined) throw tooLong;
  const existed = existsSync(paths.directory);
  ensurePrivateDirectory(paths.directory);
  if (existed && isTracked(paths.directory))
    throw new Failure(
      'state_unsafe',
      `${paths.directory} is tracked by git: all readers of the repository know its keys`,
      'Choose another place with --state-dir, or remove it from the repository (`git rm -r --cached`) and run `agent-paste reset`.',
    );
  // An empty one may be what a first start left that was killed. One with files of others is not ours to hide from git.
  if (isEmpty(paths.directory)) keepOutOfGit(paths.directory);
  ensurePrivateDirectory(paths.signingKeys);
  return paths;
}

/** SQLite opens paths of 504 bytes at most, and the longest name in the directory is that of a server's lock. */
const LONGEST_DIRECTORY = 470;

/** The failure of a directory in which SQLite could not open a file. */
export function longPath(directory: string): Failure | undefined {
  const bytes = Buffer.byteLength(directory);
  if (bytes <= LONGEST_DIRECTORY) return undefined;
  return new Failure(
    'state_unwritable',
    `the path of the state directory has ${bytes} bytes, and SQLite opens its files only up to ${LONGEST_DIRECTORY}: ${directory.slice(0, 60)}…`,
    'Choose a shorter place with --state-dir.',
  );
}

function isEmpty(directory: string): boolean {
  try {
    return readdirSync(directory).length === 0;
  } catch (error) {
    throw new Failure('state_unwritable', `cannot read ${directory}: ${systemReason(error)}`, undefined, error);
  }
}

/** Prevents `git add .` from adding private keys and peppers. */
function keepOutOfGit(directory: string): void {
  try {
    writeFileSync(join(directory, '.gitignore'), '*\n', { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return; // another process was faster
    throw new Failure('state_unwritable', `cannot write to ${directory}: ${systemReason(error)}`, undefined, error);
  }
}

/** Where peppers come from: the file of a state directory, a file that a platform mounts, or a text of the environment. */
export type PepperPlace = string | { readonly mounted: string } | { readonly json: string };

export function pepperPlaceOf(
  { peppers, 'peppers-json': json }: Readonly<Partial<Record<'peppers' | 'peppers-json', string | undefined>>>,
  paths: Pick<StatePaths, 'peppers'>,
): PepperPlace {
  if (peppers !== undefined) return { mounted: peppers };
  return json === undefined ? paths.peppers : { json };
}

/** What can be said of this machine and the state directory without asking anybody. */
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import type { Settings } from '../config.ts';
import { openKeyring } from '../issuer/keyring.ts';
import { databasePath } from '../serve.ts';
import type { StatePaths } from '../state-directory.ts';
import { attemptsOfRequest, attemptsPath } from '../store/attempts.ts';
import { isOldSqlite } from '../store/database.ts';
import { openDirectory } from '../store/directory.ts';
import { type Peppers, readPeppers } from '../store/peppers.ts';
import { checkDatabase, checkSignIns } from './database.ts';
import { error, type Finding, judged, megabytes, ok, warning } from './finding.ts';

const MIN_FREE_BYTES = 100 * 1024 * 1024;
const OLD_KEY_DAYS = 365;
const DAY_MS = 86_400_000;

/** `process.versions` */
export function checkRuntime({ node, sqlite = '0' }: { readonly node: string; readonly sqlite?: string }): Finding[] {
  const [major = 0, minor = 0] = node.split('.').map(Number);
  const isOldNode = major < 24 || (major === 24 && minor < 15);
  const remedy = 'Use Node 24.15 or newer.';
  return [
    isOldNode ? error('node_version', `Node ${node} is too old`, remedy) : ok('node_version', `Node ${node}`),
    isOldSqlite(sqlite)
      ? error('sqlite_version', `SQLite ${sqlite} can damage a shared database`, remedy)
      : ok('sqlite_version', `SQLite ${sqlite}`),
  ];
}

/** @param now milliseconds since 1970 */
export function checkState(paths: StatePaths, settings: Settings, now: number): Finding[] {
  const directory = checkDirectory(paths);
  // Of what cannot be looked into, every file would seem not to exist.
  if (!isLegible(paths.directory)) return [directory];
  const peppers = checkPeppers(paths);
  const database = databasePath(settings, paths);
  return [
    directory,
    checkFreeSpace(paths),
    peppers.finding,
    ...checkDatabase(database, peppers.finding.severity === 'error' ? 'refused' : peppers.peppers),
    ...checkOpens('callback_log', attemptsPath(database), (path) => attemptsOfRequest(path, '')),
    ...checkSignIns(database, attemptsPath(database)),
    ...checkOpens('user_directory', paths.users, (path) => openDirectory(path, { readOnly: true }).close()),
    ...checkKeys(paths, now),
  ];
}

function isLegible(directory: string): boolean {
  try {
    accessSync(directory, constants.R_OK | constants.X_OK);
    return statSync(directory).isDirectory();
  } catch {
    return false;
  }
}

function checkDirectory({ directory }: StatePaths): Finding {
  if (!existsSync(directory)) {
    return warning(
      'state_directory',
      `${directory} does not exist yet`,
      'The first `agent-paste serve` or `agent-paste mint` makes it.',
    );
  }
  const stat = statSync(directory);
  const me = process.getuid?.();
  if (!stat.isDirectory())
    return error('state_directory', `${directory} is a file, not a directory`, 'Choose another with --state-dir.');
  if (me !== undefined && stat.uid !== me)
    return error(
      'state_directory',
      `${directory} belongs to user ${stat.uid}, not to you (${me})`,
      'Choose another with --state-dir, or fix its owner.',
    );
  if (!isLegible(directory))
    return error('state_directory', `${directory} may not be looked into`, `Run \`chmod 700 ${directory}\`.`);
  if ((stat.mode & 0o077) !== 0)
    return error(
      'state_directory',
      `${directory} has mode ${(stat.mode & 0o777).toString(8)}: others may look inside`,
      `Run \`chmod 700 ${directory}\`.`,
    );
  return ok('state_directory', directory);
}

function checkFreeSpace({ directory }: StatePaths): Finding {
  const { bavail, bsize } = statfsSync(directory);
  const free = `${megabytes(bavail * bsize)} free`;
  return bavail * bsize < MIN_FREE_BYTES
    ? warning('free_space', `only ${free}`, 'Free some space: a full disk stops sign-ins.')
    : ok('free_space', free);
}

function checkPeppers(paths: StatePaths): { finding: Finding; peppers: Peppers | undefined } {
  let peppers: Peppers | undefined;
  const finding = judged('pepper_file', () => {
    peppers = readPeppers(paths.peppers);
    if (peppers) return ok('pepper_file', `${paths.peppers}, number ${peppers.current.kid} in use`);
    return warning(
      'pepper_file',
      `${paths.peppers} does not exist yet`,
      'The first `agent-paste serve` makes it. If the database exists already, restore the file from a backup.',
    );
  });
  return { finding, peppers };
}

/** Nothing is said of a file that is not there: it is made when somebody needs it. */
function checkOpens(code: 'callback_log' | 'user_directory', path: string, open: (path: string) => void): Finding[] {
  if (!existsSync(path)) return [];
  return [
    judged(code, () => {
      open(path);
      return ok(code, path);
    }),
  ];
}

function checkKeys(paths: StatePaths, now: number): Finding[] {
  if (!existsSync(paths.signingKeys))
    return [
      warning('signing_keys', 'no signing keys yet', 'The first `agent-paste serve` or `agent-paste mint` makes one.'),
    ];
  let age: Finding | undefined;
  const keys = judged('signing_keys', () => {
    const published = openKeyring(paths.signingKeys)
      .list()
      .filter(({ retiredAt }) => retiredAt === null);
    const newest = published[0];
    if (newest === undefined)
      return warning('signing_keys', 'no published signing key', 'Run `agent-paste keys rotate`.');
    const days = Math.floor((now - newest.createdAt) / DAY_MS);
    age =
      days > OLD_KEY_DAYS
        ? warning('signing_key_age', `the signing key is ${days} days old`, 'Run `agent-paste keys rotate`.')
        : ok('signing_key_age', days === 0 ? 'less than a day' : `${days} days`);
    return ok('signing_keys', `${published.length} published; ${newest.kid} signs`);
  });
  return age ? [keys, age] : [keys];
}

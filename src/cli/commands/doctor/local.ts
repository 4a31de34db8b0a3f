/** Findings about this machine and the state directory that need no request. */
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { isOldNode, isOldSqlite, NEWER_NODE } from '../../../machine/oldest-runtime.ts';
import { chmodHint } from '../../../machine/private-file.ts';
import type { Settings } from '../../../machine/settings.ts';
import { clockedBy, runningClock } from '../../../machine/state-clock.ts';
import {
  databaseOf,
  longPath,
  type PepperPlace,
  pepperPlaceOf,
  type StatePaths,
} from '../../../machine/state-directory.ts';
import { timeBy } from '../../../machine/values/clock.ts';
import { DAY, isoTime, moment } from '../../../machine/values/time.ts';
import { error, judged, megabytes, ok, warning } from '../../../store/diagnosis.ts';
import { openReadStore } from '../../../store/open.ts';
import { nameOf, type Peppers, readPeppers } from '../../../store/peppers.ts';
import type { Reads } from '../../../store/read-store.ts';
import { sharedAddresses, sharedAddressSentence } from '../../../store/shared-addresses.ts';
import { openKeyring } from '../../../workos/keys/keyring.ts';
import { oversizedKeySet } from '../../published-keys.ts';
import type { Finding } from './finding.ts';

const MIN_FREE_BYTES = 100 * 1024 * 1024;
const OLD_KEY_DAYS = 365;

/** `process.versions` */
export function checkRuntime({ node, sqlite = '0' }: { readonly node: string; readonly sqlite?: string }): Finding[] {
  return [
    isOldNode(node) ? error('node_version', `Node ${node} is too old`, NEWER_NODE) : ok('node_version', `Node ${node}`),
    isOldSqlite(sqlite)
      ? error('sqlite_version', `SQLite ${sqlite} can damage a shared database`, NEWER_NODE)
      : ok('sqlite_version', `SQLite ${sqlite}`),
  ];
}

/** @param now milliseconds since 1970 */
export async function checkState(paths: StatePaths, settings: Settings, now: () => number): Promise<Finding[]> {
  const directory = checkDirectory(paths);
  const place = { database: databaseOf(settings, paths), users: paths.users };
  await using store = await openReadStore(place, () => undefined);
  // In a directory that cannot be read, every file would seem to be missing.
  if (!isLegible(paths.directory))
    return [directory, ...(settings.db === undefined ? [] : await store.diagnose('refused', now))];
  const peppers = checkPeppers(pepperPlaceOf(settings, paths));
  return [
    directory,
    checkFreeSpace(paths),
    peppers.finding,
    ...(await store.diagnose(peppers.finding.severity === 'error' ? 'refused' : peppers.peppers, now)),
    await checkAddresses(store),
    ...checkKeys(paths, clockedBy(settings, now)()),
    checkStateClock(settings, now()),
  ];
}

/** Explains times of the log and refusals that no time of this machine explains. */
function checkStateClock({ 'state-dir': directory }: Settings, machine: number): Finding {
  return judged('state_clock', () => {
    const clock = runningClock(directory);
    if (clock === undefined) return ok('state_clock', 'the time of this machine');
    return ok('state_clock', `${clock}: the running server goes by ${moment(isoTime(timeBy(clock, machine)))}`);
  });
}

export function isLegible(directory: string): boolean {
  try {
    accessSync(directory, constants.R_OK | constants.X_OK);
    return statSync(directory).isDirectory();
  } catch {
    return false;
  }
}

function checkDirectory({ directory }: StatePaths): Finding {
  const tooLong = longPath(directory);
  if (tooLong !== undefined) return error('state_directory', tooLong.message, tooLong.hint ?? '');
  if (!existsSync(directory)) {
    return warning(
      'state_directory',
      `${directory} does not exist yet, so its file system was not tried`,
      'The first `agent-paste serve` or `agent-paste mint` makes it, and says what that file system lacks.',
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
      chmodHint(directory),
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

function checkPeppers(place: PepperPlace): { finding: Finding; peppers: Peppers | undefined } {
  let peppers: Peppers | undefined;
  const finding = judged('pepper_file', () => {
    peppers = readPeppers(place);
    if (peppers) return ok('pepper_file', `${nameOf(place)}, number ${peppers.current.kid} in use`);
    return warning(
      'pepper_file',
      `${nameOf(place)} does not exist yet`,
      'The first `agent-paste serve` creates it. If the database exists already, restore the file from a backup.',
    );
  });
  return { finding, peppers };
}

const MOST_SHARED = 5;

async function checkAddresses(reads: Reads): Promise<Finding> {
  const shared = await sharedAddresses(reads);
  if (shared.length === 0) return ok('shared_addresses', 'no address is shared');
  const more = shared.length - MOST_SHARED;
  return warning(
    'shared_addresses',
    `${shared.slice(0, MOST_SHARED).map(sharedAddressSentence).join('; ')}${more > 0 ? `; and ${more} more addresses` : ''}`,
    'If this is one person, keep one: `agent-paste users remove <id>`. A user who was added by id may share an address.',
  );
}

function checkKeys(paths: StatePaths, now: number): Finding[] {
  if (!existsSync(paths.signingKeys))
    return [
      warning('signing_keys', 'no signing keys yet', 'The first `agent-paste serve` or `agent-paste mint` makes one.'),
    ];
  let age: Finding | undefined;
  const keys = judged('signing_keys', () => {
    const keyring = openKeyring(paths.signingKeys);
    const published = keyring.list().filter(({ retiredAt, isLent }) => retiredAt === null && !isLent);
    for (const { kid } of published) keyring.signingKey(kid); // tried out: other commands do so with one
    const newest = published[0];
    if (newest === undefined)
      return warning('signing_keys', 'no published signing key', 'Run `agent-paste keys rotate`.');
    const days = Math.max(0, Math.floor((now - newest.createdAt) / DAY));
    age =
      days > OLD_KEY_DAYS
        ? warning('signing_key_age', `the signing key is ${days} days old`, 'Run `agent-paste keys rotate`.')
        : ok('signing_key_age', days === 0 ? 'less than a day' : `${days} days`);
    const oversized = oversizedKeySet(keyring);
    if (oversized !== undefined) return warning('signing_keys', oversized.message, oversized.remedy);
    return ok('signing_keys', `${published.length} published; ${newest.kid} signs`);
  });
  return age ? [keys, age] : [keys];
}

/** What can be said of this machine and the state directory without asking anybody. */
import { existsSync, statfsSync, statSync } from 'node:fs';
import type { Settings } from '../config.ts';
import { Failure } from '../errors.ts';
import { openKeyring } from '../issuer/keyring.ts';
import { databasePath } from '../serve.ts';
import type { StatePaths } from '../state-directory.ts';
import { diagnoseDatabase } from '../store/diagnosis.ts';
import { type Peppers, readPeppers } from '../store/peppers.ts';
import { error, type Finding, type FindingCode, ok, warning } from './finding.ts';

const MIN_FREE_BYTES = 100 * 1024 * 1024;
const MAX_WAL_BYTES = 64 * 1024 * 1024;
const OLD_KEY_DAYS = 365;
const DAY_MS = 86_400_000;

export function checkRuntime(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 24 || (major === 24 && minor >= 15)
    ? ok('node_version', `Node ${version}`)
    : error('node_version', `Node ${version} is too old`, 'Use Node 24.15 or newer.');
}

export function checkState(paths: StatePaths, settings: Settings, now: number): Finding[] {
  if (!existsSync(paths.directory)) {
    return [
      warning(
        'state_directory',
        `${paths.directory} does not exist yet`,
        'The first `agent-paste serve` or `agent-paste mint` makes it.',
      ),
    ];
  }
  const directory = judged('state_directory', () => {
    const { mode, uid } = statSync(paths.directory);
    const me = process.getuid?.();
    if (me !== undefined && uid !== me)
      return error(
        'state_directory',
        `${paths.directory} belongs to user ${uid}, not to you (${me})`,
        'Choose another with --state-dir, or fix its owner.',
      );
    if ((mode & 0o077) !== 0)
      return error(
        'state_directory',
        `${paths.directory} has mode ${(mode & 0o777).toString(8)}: others may look inside`,
        `Run \`chmod 700 ${paths.directory}\`.`,
      );
    return ok('state_directory', paths.directory);
  });
  const peppers = checkPeppers(paths);
  return [
    directory,
    checkFreeSpace(paths),
    peppers.finding,
    ...checkDatabase(databasePath(settings, paths), peppers.peppers),
    ...checkKeys(paths, now),
  ];
}

function checkFreeSpace({ directory }: StatePaths): Finding {
  return judged('free_space', () => {
    const { bavail, bsize } = statfsSync(directory);
    const free = `${megabytes(bavail * bsize)} free`;
    return bavail * bsize < MIN_FREE_BYTES
      ? warning('free_space', `only ${free}`, 'Free some space: a full disk stops sign-ins.')
      : ok('free_space', free);
  });
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

function checkDatabase(path: string, peppers: Peppers | undefined): Finding[] {
  if (path === ':memory:') return [ok('database', 'in memory')];
  if (!existsSync(path))
    return [warning('database', `${path} does not exist yet`, 'The first `agent-paste serve` makes it.')];
  let findings: Finding[] = [];
  const opened = judged('database', () => {
    const { sqliteVersion, schemaVersion, knownSchemaVersion, integrity, bytes, walBytes, foreignPeppers } =
      diagnoseDatabase(path, peppers);
    findings = [
      integrity === 'ok'
        ? ok('database_integrity', 'sound')
        : error('database_integrity', integrity, 'Restore a backup, or `agent-paste reset` to begin anew.'),
      schemaVersion === knownSchemaVersion
        ? ok('database_schema', `version ${schemaVersion}`)
        : error(
            'database_schema',
            `version ${schemaVersion}, and this program knows ${knownSchemaVersion}`,
            schemaVersion < knownSchemaVersion
              ? 'Start the server: it takes the file to its version.'
              : 'Use the newer agent-paste that made it.',
          ),
      foreignPeppers.length === 0
        ? ok('database_pepper', 'the database and the pepper file belong together')
        : error(
            'database_pepper',
            `pepper ${foreignPeppers.join(', ')} of the database is missing or another`,
            'Restore the pepper file that belongs to this database.',
          ),
      walBytes <= MAX_WAL_BYTES
        ? ok('database_log', `${megabytes(walBytes)} of write-ahead log`)
        : warning(
            'database_log',
            `${megabytes(walBytes)} of write-ahead log`,
            'Some process reads without end; stop it, and the log shrinks.',
          ),
    ];
    return ok('database', `${path}, ${megabytes(bytes)}, SQLite ${sqliteVersion}`);
  });
  return [opened, ...findings];
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
        : ok('signing_key_age', `${days} days`);
    return ok('signing_keys', `${published.length} published, ${newest.kid} signs`);
  });
  return age ? [keys, age] : [keys];
}

/** A failure of what was looked at is the finding. */
export function judged(code: FindingCode, look: () => Finding): Finding {
  try {
    return look();
  } catch (failure) {
    if (failure instanceof Failure)
      return error(code, failure.message, failure.hint ?? 'See `agent-paste doctor --help`.');
    throw failure;
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

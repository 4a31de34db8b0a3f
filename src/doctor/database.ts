/** The database of members and records: whole, of a version we know, and made with the pepper beside it. */
import { existsSync } from 'node:fs';
import { type DatabaseDiagnosis, diagnoseDatabase, lostSignIns } from '../store/diagnosis.ts';
import type { Peppers } from '../store/peppers.ts';
import { error, type Finding, judged, megabytes, ok, warning } from './finding.ts';

const MAX_WAL_BYTES = 64 * 1024 * 1024;

/** @param peppers undefined where there is no file; `refused` where there is one that must not be read */
export function checkDatabase(path: string, peppers: Peppers | 'refused' | undefined): Finding[] {
  if (path === ':memory:') return [ok('database', 'in memory')];
  if (!existsSync(path))
    return [warning('database', `${path} does not exist yet`, 'The first `agent-paste serve` makes it.')];
  let findings: Finding[] = [];
  const opened = judged('database', () => {
    const diagnosis = diagnoseDatabase(path, peppers === 'refused' ? undefined : peppers);
    const belonging = peppers === 'refused' ? NOT_COMPARED : pepper(diagnosis);
    findings = [integrity(diagnosis), schema(diagnosis), belonging, log(diagnosis)];
    return ok('database', `${path}, ${megabytes(diagnosis.bytes)}`);
  });
  return [opened, ...findings];
}

/** Nothing is said where there is nothing to compare, or a file cannot be read, of which others speak. */
export function checkSignIns(path: string, attempts: string): Finding[] {
  if (!existsSync(path) || !existsSync(attempts)) return [];
  let lost: number;
  try {
    lost = lostSignIns(path, attempts);
  } catch {
    return [];
  }
  if (lost === 0) return [ok('sign_ins', 'every user who signed in is in the database')];
  return [
    warning(
      'sign_ins',
      `${lost} of the users who signed in ${lost === 1 ? 'is' : 'are'} not in the database`,
      'Its write-ahead log was removed, a backup restored, or they were deleted: they sign in as new users.',
    ),
  ];
}

function integrity(diagnosis: DatabaseDiagnosis): Finding {
  return diagnosis.integrity === 'ok'
    ? ok('database_integrity', 'sound')
    : error('database_integrity', diagnosis.integrity, 'Restore a backup, or `agent-paste reset` to begin anew.');
}

function schema({ schemaVersion, knownSchemaVersion }: DatabaseDiagnosis): Finding {
  if (schemaVersion === knownSchemaVersion) return ok('database_schema', `version ${schemaVersion}`);
  return error(
    'database_schema',
    `version ${schemaVersion}, and this program knows ${knownSchemaVersion}`,
    schemaVersion < knownSchemaVersion
      ? 'Start the server: it takes the file to its version.'
      : 'Use the newer agent-paste that made it.',
  );
}

function pepper({ foreignPeppers }: DatabaseDiagnosis): Finding {
  return foreignPeppers.length === 0
    ? ok('database_pepper', 'the database and the pepper file belong together')
    : error(
        'database_pepper',
        `pepper ${foreignPeppers.join(', ')} of the database is missing or another`,
        'Restore the pepper file that belongs to this database.',
      );
}

const NOT_COMPARED = warning(
  'database_pepper',
  'not compared with the pepper file',
  'See the finding about the pepper file.',
);

function log({ walBytes }: DatabaseDiagnosis): Finding {
  const size = `${megabytes(walBytes)} of write-ahead log`;
  return walBytes <= MAX_WAL_BYTES
    ? ok('database_log', size)
    : warning('database_log', size, 'Some process reads without end; stop it, and the log shrinks.');
}

/** Files of a state by their names. A reset removes only these. */
import { lstatSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Failure } from '../errors/failure.ts';
import { INSPECTOR_NOTE_FILES } from './inspector-notes.ts';
import { notedDatabasesFile } from './noted-databases.ts';
import { systemReason, TEMPORARY_SUFFIX } from './private-file.ts';
import { SERVER_NOTE_FILES } from './server-notes.ts';
import { clockFile } from './state-clock.ts';
import type { StatePaths } from './state-directory.ts';

/** Of `hasLocks`. */
const PROBE_FILES = new RegExp(`^lock${TEMPORARY_SUFFIX}$`);

/**
 * The existing signing keys and peppers. Databases are removed first, so that none remains without its pepper.
 * @throws Failure state_unwritable if a directory cannot be read
 */
export function stateFiles(paths: StatePaths, { keepKeys }: { readonly keepKeys: boolean }): readonly string[] {
  return [
    ...(keepKeys ? [] : filesIn(paths.signingKeys, new RegExp(String.raw`^[^/]+\.json(?:${TEMPORARY_SUFFIX})?$`))),
    ...filesIn(paths.directory, SERVER_NOTE_FILES),
    ...filesIn(paths.directory, INSPECTOR_NOTE_FILES),
    ...filesBeside(clockFile(paths.directory), `(?:${TEMPORARY_SUFFIX})?`),
    ...filesIn(paths.directory, PROBE_FILES),
    ...filesBeside(notedDatabasesFile(paths), `(?:${TEMPORARY_SUFFIX})?`),
    ...filesBeside(paths.peppers, String.raw`(?:\.lock|${TEMPORARY_SUFFIX})?`),
  ];
}

/** Keys, peppers, lists and probes whose writing was cut short. Who writes one holds the guard, and for a pepper its lock. */
export function unfinishedFiles(paths: StatePaths): readonly string[] {
  return [
    ...filesIn(paths.signingKeys, new RegExp(String.raw`^[^/]+\.json${TEMPORARY_SUFFIX}$`)),
    ...filesIn(paths.directory, PROBE_FILES),
    ...filesBeside(notedDatabasesFile(paths), TEMPORARY_SUFFIX),
    ...filesBeside(clockFile(paths.directory), TEMPORARY_SUFFIX),
    ...filesBeside(paths.peppers, TEMPORARY_SUFFIX),
  ];
}

/** @param suffix pattern for the end of the names. @throws Failure state_unwritable if the directory cannot be read */
export function filesBeside(path: string, suffix: string): readonly string[] {
  return filesIn(dirname(path), named(basename(path), suffix));
}

function named(name: string, suffix: string): RegExp {
  return new RegExp(`^${name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}${suffix}$`);
}

/** Regular files and links. A link is removed, its target is not. */
function filesIn(directory: string, name: RegExp): readonly string[] {
  try {
    if (!lstatSync(directory, { throwIfNoEntry: false })?.isDirectory()) return [];
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => name.test(entry.name) && !entry.isDirectory())
      .map((entry) => join(directory, entry.name))
      .sort();
  } catch (error) {
    throw new Failure('state_unwritable', `cannot read ${directory}: ${systemReason(error)}`, undefined, error);
  }
}

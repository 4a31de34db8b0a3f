/** The files of a state, by name: what a reset removes, and nothing else. */
import { lstatSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Failure } from './errors.ts';
import { systemReason } from './private-file.ts';
import type { StatePaths } from './state-directory.ts';

/** What SQLite keeps beside a database, and what a migration leaves. */
const BESIDE_DATABASE = ['-wal', '-shm', '-journal', String.raw`\.v\d+\.backup(?:\.tmp)?`, ''];

/**
 * The files that exist, in an order in which a removal may be interrupted: a log never stays without its database to
 * be taken for the log of the next one, and a database never stays without its pepper.
 * @throws Failure state_unwritable when a directory cannot be read
 */
export function stateFiles(
  paths: StatePaths,
  databases: readonly string[],
  { keepKeys }: { readonly keepKeys: boolean },
): readonly string[] {
  return [
    ...databases.flatMap((path) =>
      BESIDE_DATABASE.flatMap((suffix) => filesIn(dirname(path), named(basename(path), suffix))),
    ),
    ...(keepKeys ? [] : filesIn(paths.signingKeys, /^[^/]+\.json(?:\.\d+\.tmp)?$/)),
    ...filesIn(paths.directory, named(basename(paths.peppers), String.raw`(?:\.lock|\.\d+\.tmp)?`)),
  ];
}

function named(name: string, suffix: string): RegExp {
  return new RegExp(`^${name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}${suffix}$`);
}

/** Plain files and links; a link goes, what it points at stays. */
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

/**
 * Databases outside a state directory that were made with its pepper (`serve --db`). Without the pepper, their stored
 * answers and API keys are lost, so the pepper is kept while one of them exists.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Failure } from '../errors/failure.ts';
import { readPrivateFile, writePrivateFile } from './private-file.ts';
import type { StatePaths } from './state-directory.ts';
import { isDatabaseUrl } from './values/database-url.ts';

/** Called under the guard of the state directory. @param database absolute, or a URL without a password. @throws Failure */
export function noteDatabase(paths: StatePaths, database: string): void {
  if (dirname(database) === paths.directory) return;
  const known = read(paths);
  if (!known.includes(database)) write(paths, [...known.filter(mayExist), database]);
}

/** Those that still exist, as far as can be known. @throws Failure state_corrupt, state_unsafe */
export function notedDatabases(paths: StatePaths): readonly string[] {
  return read(paths).filter(mayExist);
}

/** This machine cannot know whether a database on another machine is still needed. */
function mayExist(database: string): boolean {
  return isDatabaseUrl(database) || existsSync(database);
}

export function notedDatabasesFile({ directory }: Pick<StatePaths, 'directory'>): string {
  return join(directory, 'databases.json');
}

function write(paths: StatePaths, databases: readonly string[]): void {
  writePrivateFile(notedDatabasesFile(paths), `${JSON.stringify({ databases }, null, 2)}\n`);
}

function read(paths: StatePaths): readonly string[] {
  const file = notedDatabasesFile(paths);
  const text = readPrivateFile(file);
  if (text === undefined) return [];
  try {
    const { databases } = JSON.parse(text);
    if (Array.isArray(databases) && databases.every((each) => typeof each === 'string')) return databases;
  } catch {
    // Reported below, without the content.
  }
  throw new Failure(
    'state_corrupt',
    `${file} must be a list of databases`,
    'Remove it if no database outside the state directory was made with this pepper.',
  );
}

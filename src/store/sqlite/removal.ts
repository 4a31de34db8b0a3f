/** Whether the databases of a state may be removed: they must be ours, and no process may have one open. */
import { statSync } from 'node:fs';
import { Failure } from '../../errors/failure.ts';
import type { StatePlace } from '../read-store.ts';
import type { Removal } from '../removal.ts';
import { attemptsPath } from './attempt-log.ts';
import { filesOf, isInUse } from './file/files.ts';
import type { SchemaFamily } from './file/migrate.ts';
import { refuseForeignFile } from './file/path.ts';
import { ATTEMPTS_SCHEMA, DIRECTORY_SCHEMA, MAIN_SCHEMA } from './schema.ts';

export function removalOf({ database, users }: StatePlace): Removal {
  const databases: readonly (readonly [path: string, family: SchemaFamily])[] = [
    [database, MAIN_SCHEMA],
    [attemptsPath(database), ATTEMPTS_SCHEMA],
    [users, DIRECTORY_SCHEMA],
  ];
  return {
    files: () => databases.flatMap(([path]) => filesOf(path)),
    refuse: () => {
      for (const [path, family] of databases) refuse(path, family);
    },
  };
}

function refuse(path: string, family: SchemaFamily): void {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return;
  refuseForeignFile(path, family);
  if (isInUse(path))
    throw new Failure(
      'state_locked',
      `${path} is in use by a server or another command`,
      'Stop it first; nothing was removed.',
    );
}

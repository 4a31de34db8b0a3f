/** What lies where in a state directory. */
import { join, resolve } from 'node:path';
import { ensurePrivateDirectory } from './private-file.ts';

export interface StatePaths {
  readonly directory: string;
  /** Workspaces, members, keys, events, records; `--db` names another place. */
  readonly database: string;
  /** The users of the local WorkOS. */
  readonly users: string;
  /** The signing keys of the local WorkOS, a file each. */
  readonly signingKeys: string;
  /** What API keys are hashed and answers are sealed with. */
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

/** Makes the directory, for its owner alone. @throws Failure state_unwritable, state_unsafe */
export function openStateDirectory(directory: string): StatePaths {
  const paths = statePaths(directory);
  ensurePrivateDirectory(paths.directory);
  ensurePrivateDirectory(paths.signingKeys);
  return paths;
}

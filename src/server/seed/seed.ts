/** A seed file: users, provisioned workspaces, and artifacts for the dashboard. The whole file is checked, then written. */
import { closest } from '../../errors/closest.ts';
import { Failure } from '../../errors/failure.ts';
import { type InputFile, problemIn, readInputFile } from '../../machine/input-file.ts';
import { openUsers } from '../../store/open.ts';
import type { DirectoryUser, UserDirectory } from '../../workos/users.ts';
import { seededOrganization, writeOrganizations } from './organizations.ts';
import { type SeededUser, type SeedTarget, seededUser, seededWorkspace } from './rows.ts';
import { HINT, judgeSeed, type SeedFile } from './schema.ts';

export interface Seed {
  /**
   * Writes the missing rows; a server may be started with the same seed again.
   * @throws Failure invalid_seed for a workspace of an unknown user, or an id that is already used
   */
  write(target: SeedTarget): Promise<void>;
}

/** Reads and checks the whole file before anything is written. @throws Failure invalid_seed, naming line and field */
export function readSeed(path: string): Seed {
  const file = readInputFile(path, { name: path, code: 'invalid_seed' });
  const seed = judgeSeed(file);
  return { write: (target) => write(seed, file, target) };
}

async function write(seed: SeedFile, file: InputFile, target: SeedTarget): Promise<void> {
  const directory = openUsers(target.users);
  try {
    const seeded = await Promise.all(seed.users.map((user) => known(directory, user) ?? seededUser(user, target)));
    const users = seeded.map(({ user }) => user);
    const userOf = (reference: string, where: readonly (string | number)[]): DirectoryUser => {
      const found =
        users.find(({ id, email }) => id === reference || email === reference) ??
        directory.find(reference) ??
        directory.findByEmail(reference);
      if (found !== undefined) return found;
      const known = closest(
        reference,
        users.flatMap(({ id, email }) => [id, email]),
      );
      const what = `no user ${JSON.stringify(reference)} in this file or the local directory${known}`;
      throw problemIn(file, where, what, HINT);
    };
    const owners = new Set<string>();
    const ownerOf = (reference: string, index: number): DirectoryUser => {
      const where = ['workspaces', index, 'user'];
      const owner = userOf(reference, where);
      if (owners.has(owner.id)) throw problemIn(file, where, 'has a workspace already; a user has one', HINT);
      owners.add(owner.id);
      return owner;
    };
    const organizations = seed.organizations.map((organization, index) =>
      seededOrganization(organization, (user, at) => userOf(user, ['organizations', index, 'members', at, 'user'])),
    );
    const workspaces = seed.workspaces.map((workspace, index) =>
      seededWorkspace(workspace, ownerOf(workspace.user, index), target),
    );
    // Users are written after the workspaces are found to be free and before those are committed. If the process ends
    // in between, the users remain, and the next start finds them.
    const addUsers = () =>
      directory.atomically(() => {
        for (const { user, hidden } of seeded) if (directory.find(user.id) === undefined) directory.add(user, hidden);
      });
    await target.store.seed(workspaces, addUsers).catch((error) => {
      throw error instanceof Failure && error.code === 'conflict' ? taken(file.path, error) : error;
    });
    // After the users, because memberships refer to them. If the process ends in between, the next start writes the rest.
    await writeOrganizations(organizations, target);
  } finally {
    directory.close();
  }
}

function taken(path: string, cause: unknown): Failure {
  return new Failure(
    'invalid_seed',
    `${path}: an id or an API key of a workspace in this file belongs to another workspace of the database`,
    'Nothing was written. Choose other ids, or another database with --db.',
    cause,
  );
}

function known(directory: UserDirectory, { id, email }: SeedFile['users'][number]): SeededUser | undefined {
  const user = id === undefined ? directory.findByEmail(email) : directory.find(id);
  return user && { user, hidden: {} };
}

/** A state directory, what clients know of it, and whether both agree after a kill. */
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'vitest';
import { systemRandom } from '../../../src/machine/random.ts';
import { LOCAL_CLIENT_ID, WORKOS_ISSUER } from '../../../src/machine/settings.ts';
import { type StatePaths, statePaths } from '../../../src/machine/state-directory.ts';
import { readPeppers } from '../../../src/store/peppers.ts';
import { attemptsPath } from '../../../src/store/sqlite/attempt-log.ts';
import type { SchemaFamily } from '../../../src/store/sqlite/file/migrate.ts';
import { ATTEMPTS_SCHEMA, DIRECTORY_SCHEMA, MAIN_SCHEMA } from '../../../src/store/sqlite/schema.ts';
import { openDirectory } from '../../../src/store/sqlite/users.ts';
import { openKeyring } from '../../../src/workos/keys/keyring.ts';
import { parseKeyFile, usableKey } from '../../../src/workos/keys/signing-key.ts';
import { mintToken } from '../../../src/workos/tokens/mint.ts';
import { newUser } from '../../../src/workos/users.ts';
import { type RunOptions, type ServerProcess, serverProcess } from '../../support/binary.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../support/directory.ts';
import { testServer } from '../../support/server.ts';

export interface SignIn {
  readonly subject: string;
  readonly token: string;
  /** The whole answer, once a client has received one. */
  answer?: string;
}

export interface State extends Disposable {
  readonly paths: StatePaths;
  readonly signIns: SignIn[];
  /** The same files and the same knowledge, in a directory of its own. */
  copy(): State;
}

export function emptyState(): State {
  return stateIn(temporaryDirectory(), []);
}

function stateIn(parent: TemporaryDirectory, signIns: SignIn[]): State {
  const paths = statePaths(join(parent.path, 'state')); // which the first start makes
  return {
    paths,
    signIns,
    copy() {
      const copied = temporaryDirectory();
      if (existsSync(paths.directory)) copyPrivately(paths.directory, join(copied.path, 'state'));
      return stateIn(
        copied,
        signIns.map((signIn) => ({ ...signIn })),
      );
    },
    [Symbol.dispose]: () => parent[Symbol.dispose](),
  };
}

/** A copy of a directory gets the mode of the umask; a state directory is for its owner alone. */
function copyPrivately(from: string, to: string): void {
  cpSync(from, to, { recursive: true });
  const directories = readdirSync(to, { withFileTypes: true, recursive: true }).filter((entry) => entry.isDirectory());
  for (const each of [to, ...directories.map(({ parentPath, name }) => join(parentPath, name))]) chmodSync(each, 0o700);
}

export async function serve({ paths }: State, options: RunOptions = {}): Promise<ServerProcess> {
  const server = await serverProcess(['--state-dir', paths.directory, '--log', 'off'], options);
  const { child, ready } = server;
  // To the program itself: it may be the child of a tracer, which keeps signals from it, and which it may outlive.
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    try {
      process.kill(ready.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // gone, and its tracer not yet
    }
    await exited;
  };
  return {
    ...server,
    async stop() {
      await end('SIGTERM');
      return child.exitCode;
    },
    kill: () => end('SIGKILL'),
    [Symbol.asyncDispose]: () => end('SIGKILL'),
  };
}

/** Tokens of a user who is in the directory; a server must have started here once, for it makes the key. */
export function signInsOf(state: State, subject: string, count = 1): SignIn[] {
  const now = Date.now();
  const random = systemRandom();
  const users = openDirectory(state.paths.users);
  if (users.find(subject) === undefined)
    users.add(newUser(subject, `${subject}@example.com`, new Date(now).toISOString()));
  users.close();
  const keyring = openKeyring(state.paths.signingKeys);
  const claims = { issuer: WORKOS_ISSUER, clientId: LOCAL_CLIENT_ID, sub: subject, expiresIn: 7200 };
  const fresh = Array.from({ length: count }, () => ({
    subject,
    token: mintToken(claims, { keyring, now, random }).token,
  }));
  state.signIns.push(...fresh);
  return fresh;
}

/** @returns the status and what `error.reason` says, or `lost` when no whole answer came back */
export async function post(callbackUrl: string, signIn: SignIn): Promise<number | string> {
  let status: number;
  let text: string;
  try {
    const response = await fetch(callbackUrl, {
      method: 'POST',
      headers: { authorization: `Bearer ${signIn.token}` },
    });
    status = response.status;
    text = await response.text();
  } catch {
    return 'lost';
  }
  if (status !== 200) return `${status} ${JSON.parse(text).error?.reason}`;
  if (signIn.answer !== undefined && signIn.answer !== text)
    throw new Error(`another answer for a token of ${signIn.subject}`);
  signIn.answer = text;
  return status;
}

/**
 * After a kill: files whole or absent, no half member, a start that works, every answer that a client has replayed
 * byte for byte, every other token answered, and one secret for every user.
 */
export async function expectSound(state: State): Promise<void> {
  expectWholeFiles(state);
  {
    // The program itself, in this process: a start of its own for each of a thousand points would take an hour.
    const kept = { path: state.paths.directory, [Symbol.dispose]: () => undefined };
    await using server = await testServer({}, kept);
    if (state.signIns.length === 0) signInsOf(state, 'user_after');
    for (const signIn of state.signIns) expect(await post(server.callbackUrl, signIn)).toBe(200);
    expectOneSecretEach(state.signIns);
    expect(server.bugs).toEqual([]);
  }
  expectWholeFiles(state);
}

export function secretOf(answer: string | undefined): string | undefined {
  return answer === undefined ? undefined : JSON.parse(answer).default_api_key?.secret;
}

export function expectOneSecretEach(signIns: readonly SignIn[]): void {
  for (const [subject, each] of Map.groupBy(signIns, (signIn) => signIn.subject)) {
    const secrets = each.flatMap(({ answer }) => secretOf(answer) ?? []);
    expect(secrets, `secrets of ${subject}`).toHaveLength(1);
  }
}

export function expectWholeFiles({ paths }: Pick<State, 'paths'>): void {
  // A broken one throws: `.tmp` files are writes that were not finished, and no process reads them.
  readPeppers(paths.peppers);
  const keys = existsSync(paths.signingKeys) ? readdirSync(paths.signingKeys) : [];
  for (const name of keys.filter((each) => each.endsWith('.json')))
    usableKey(parseKeyFile(readFileSync(join(paths.signingKeys, name), 'utf8')));
  expectWholeDatabase(paths.users, DIRECTORY_SCHEMA);
  expectWholeDatabase(attemptsPath(paths.database), ATTEMPTS_SCHEMA);
  expectWholeDatabase(paths.database, MAIN_SCHEMA, expectWholeMembers);
}

/** Absent, empty, or whole; looked at in a copy, so that the program under test does the recovery itself. */
export function expectWholeDatabase(
  path: string,
  family: SchemaFamily,
  look: (db: DatabaseSync) => void = () => undefined,
): void {
  if (!existsSync(path)) return;
  using copy = temporaryDirectory();
  for (const suffix of ['', '-wal', '-journal'])
    if (existsSync(path + suffix)) cpSync(path + suffix, join(copy.path, basename(path) + suffix));
  const db = new DatabaseSync(join(copy.path, basename(path)));
  try {
    expect(db.prepare('PRAGMA integrity_check').all()).toMatchObject([{ integrity_check: 'ok' }]);
    const tables = db.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE type = 'table'").get()?.n;
    const version = db.prepare('PRAGMA user_version').get()?.user_version;
    if (tables === 0) {
      expect(version).toBe(0);
      return;
    }
    expect(version).toBe(family.steps.length);
    expect(db.prepare('PRAGMA application_id').get()?.application_id).toBe(family.applicationId);
    look(db);
  } finally {
    db.close();
  }
}

/** A workspace comes with one member, one default key and two events, and nothing points at what is not there. */
function expectWholeMembers(db: DatabaseSync): void {
  const half = db.prepare(
    `SELECT w.id FROM workspaces w
     WHERE (SELECT count(*) FROM workspace_members m WHERE m.workspace_id = w.id) <> 1
        OR (SELECT count(*) FROM api_keys k WHERE k.workspace_id = w.id AND k.is_default = 1) <> 1
        OR (SELECT count(*) FROM operation_events e WHERE e.workspace_id = w.id) <> 2`,
  );
  expect(half.all()).toEqual([]);
  expect(db.prepare('PRAGMA foreign_key_check').all()).toEqual([]);
}

/** Every kind of error that a database reports, as callers and shells see it: status, reason and exit code. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test as plainTest, vi } from 'vitest';
import { agentPaste, type ServerProcess, serverProcess } from '../../support/binary.ts';
import { command } from '../../support/command.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../../support/directory.ts';
import { HAS_POSTGRES, roleWith, type TestDatabase, type TestSchema, testSchema } from '../../support/postgres.ts';

const test = HAS_POSTGRES ? plainTest : plainTest.skip;

/** SQLSTATE, the reason of a callback, and the exit code of a command. */
const STATES: readonly (readonly [string, string, number])[] = [
  ['08006', 'database_unreachable', 3],
  ['08P01', 'database_unreachable', 3],
  ['57P01', 'database_unreachable', 3],
  ['57P02', 'database_unreachable', 3],
  ['57P03', 'database_unreachable', 3],
  ['57P05', 'database_unreachable', 3],
  ['25P03', 'database_unreachable', 3],
  ['25P04', 'database_unreachable', 3],
  ['55P03', 'database_busy', 7],
  ['40P01', 'database_busy', 7],
  ['40001', 'database_busy', 7],
  ['57014', 'database_busy', 7],
  ['53000', 'database_busy', 7],
  ['53200', 'database_busy', 7],
  ['53300', 'database_busy', 7],
  ['25006', 'database_read_only', 7],
  ['53100', 'storage_full', 7],
  ['58000', 'database_io', 7],
  ['58030', 'database_io', 7],
  ['XX001', 'database_corrupt', 7],
  ['XX002', 'database_corrupt', 7],
  ['28000', 'database_unreachable', 4],
  ['28P01', 'database_unreachable', 4],
  ['42501', 'database_io', 4],
  ['3D000', 'database_corrupt', 5],
  ['3F000', 'database_corrupt', 5],
  ['42P01', 'database_corrupt', 5],
];

/** No outage: this program has made a mistake, or the database does what no database should. */
const BUGS = [
  '22012',
  '22021',
  '22P02',
  '23502',
  '23514',
  '42601',
  '42703',
  '42883',
  '54000',
  '0A000',
  'P0001',
  'XX000',
];

describe('an error of the database', () => {
  let schema: TestSchema;
  let directory: TemporaryDirectory;
  let server: ServerProcess;
  /** A command of each meets that error. */
  const roles = new Map<string, TestDatabase>();
  beforeAll(async () => {
    if (!HAS_POSTGRES) return;
    schema = testSchema();
    directory = temporaryDirectory();
    server = await serverProcess(['--db', schema.url], { cwd: directory.path });
    // A first sign-in of 57014@fails.example gets that error, and so does a command of a user with that setting.
    await schema.query(`CREATE FUNCTION failing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        RAISE EXCEPTION 'as a test wants it' USING ERRCODE = upper(split_part(NEW.email, '@', 1)); END $$;
      CREATE TRIGGER failing BEFORE INSERT ON workspace_members FOR EACH ROW
        WHEN (NEW.email LIKE '%@fails.example') EXECUTE FUNCTION failing();
      CREATE FUNCTION failing_command() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        RAISE EXCEPTION 'as a test wants it' USING ERRCODE = current_setting('test.state'); END $$;
      CREATE TRIGGER failing BEFORE DELETE ON callback_records FOR EACH STATEMENT EXECUTE FUNCTION failing_command()`);
    // One after the other: PostgreSQL refuses grants that change the rights of a table at the same time.
    for (const state of [...STATES.map(([state]) => state), ...BUGS])
      roles.set(state, await roleWith(`test.state = '${state}'`, schema.schema));
  });
  afterAll(async () => {
    await server?.stop();
    for (const role of roles.values()) await role[Symbol.asyncDispose]();
    await schema?.[Symbol.asyncDispose]();
    directory?.[Symbol.dispose]();
  });

  async function signIn(state: string) {
    const { stdout } = await agentPaste(['mint', '--email', `${state}@fails.example`], { cwd: directory.path });
    const headers = { authorization: `Bearer ${stdout.trim()}` };
    const answer = await fetch(server.ready.callback_url, { method: 'POST', headers });
    // biome-ignore lint/suspicious/noExplicitAny: the body of an answer is whatever the test says it is
    const { error } = (await answer.json()) as any;
    return { status: answer.status, retryAfter: answer.headers.get('retry-after'), error };
  }

  const nothingOf = async (state: string) =>
    expect(await schema.query('SELECT 1 FROM workspaces WHERE contact_email ILIKE $1', [`${state}@%`])).toEqual([]);

  test.concurrent.each(STATES)('%s is 503 %s', async (state, reason) => {
    expect(await signIn(state)).toMatchObject({
      status: 503,
      retryAfter: '1',
      error: { code: 'database_unavailable', reason },
    });
    await nothingOf(state);
  });

  test.concurrent.each(BUGS)('%s is 500, and is told on stderr alone', async (state) => {
    const { status, retryAfter, error } = await signIn(state);
    expect([status, retryAfter, error.code, error.reason]).toEqual([500, null, 'internal_error', undefined]);
    expect(JSON.stringify(error)).not.toContain('as a test wants it');
    // Not `expect.poll`: that asks which test runs, and these run at once.
    await vi.waitFor(() => expect(server.stderr()).toContain(error.request_id), { timeout: 120_000 });
    await nothingOf(state);
  });

  const commandEnds = async (state: string) => {
    using elsewhere = temporaryDirectory(); // commands of one directory wait for each other
    const peppers = join(directory.path, '.agent-paste/peppers.json');
    return await command(['sweep', '--db', roles.get(state)?.url ?? '', '--peppers', peppers], { cwd: elsewhere.path });
  };

  test.concurrent.each(STATES)('%s in a command, where a callback is %s, ends it with %d', async (state, _, code) => {
    const { stderr, ...ended } = await commandEnds(state);
    expect(ended, stderr).toEqual({ code, stdout: '' });
    expect(stderr).toMatch(/^error: .*as a test wants it \(SQLSTATE .{5}\)\n[^\n]+\n$/);
    expect(stderr).toContain(state);
  });

  test.concurrent.each(BUGS)('%s in a command ends it with 70', async (state) => {
    const { code, stdout, stderr } = await commandEnds(state);
    expect({ code, stdout }, stderr).toEqual({ code: 70, stdout: '' });
    expect(stderr).toMatch(/^error: this is a bug of agent-paste, please report it: .*as a test wants it/);
  });
});

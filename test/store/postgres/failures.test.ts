/** Each failure that a database server reports, made in a real one: the reason of a callback, and what is answered afterwards. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, vi } from 'vitest';
import { ApiError } from '../../../src/errors/api-error.ts';
import { agentPaste, serverProcess } from '../../support/binary.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { HAS_POSTGRES_PROGRAMS, type PostgresServer, postgresServer } from '../../support/postgres-server.ts';
import { postgresTest as test } from '../../support/postgres-test.ts';
import { halves, type Opened, openedOn, reasonOf, userCallback } from './opened.ts';

let server: PostgresServer;
beforeAll(async () => {
  if (HAS_POSTGRES_PROGRAMS) server = await postgresServer({ fsync: 'off', deadlock_timeout: '100ms' });
});
afterAll(() => server?.[Symbol.asyncDispose]());

const here = HAS_POSTGRES_PROGRAMS ? test : test.skip;
const PATIENT = { timeout: 60_000 };

/** Raised by a trigger when a first sign-in inserts its member: the answer of a real server, with that code. */
function raising(state: Opened, code: string): Promise<unknown> {
  return state.sql(`CREATE OR REPLACE FUNCTION failing() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'as a test wants it' USING ERRCODE = '${code}'; END $$;
    CREATE OR REPLACE TRIGGER failing BEFORE INSERT ON workspace_members FOR EACH ROW EXECUTE FUNCTION failing()`);
}

describe('a statement that fails', () => {
  here.concurrent.each([
    ['40001', 'database_busy'],
    ['40P01', 'database_busy'],
    ['55P03', 'database_busy'],
    ['57014', 'database_busy'],
    ['53200', 'database_busy'],
    ['53300', 'database_busy'],
    ['53100', 'storage_full'],
    ['58030', 'database_io'],
    ['XX001', 'database_corrupt'],
    ['XX002', 'database_corrupt'],
    ['25006', 'database_read_only'],
    ['57P05', 'database_unreachable'],
    ['08006', 'database_unreachable'],
  ])('with %s is %s; replays go on, and nothing is half', async (code, reason) => {
    await using state = await openedOn(server);
    await state.store.resolveMember(userCallback(1));
    await raising(state, code);
    expect(await reasonOf(state.store.resolveMember(userCallback(2)))).toBe(reason);
    expect(await reasonOf(state.store.resolveMember(userCallback(1)))).toBe('replayed');
    await state.sql('DROP TRIGGER failing ON workspace_members');
    expect(await reasonOf(state.store.resolveMember(userCallback(2)))).toBe('provisioned');
    expect(await halves(state)).toEqual([{ members: 2, halves: 0 }]);
  });

  here.each(['22012', '22P02', '42883', '23502'])('with %s is a bug, and no outage', async (code) => {
    await using state = await openedOn(server);
    await raising(state, code);
    const failed = await state.store.resolveMember(userCallback(1)).catch((error: unknown) => error);
    expect(failed).not.toBeInstanceOf(ApiError);
    expect(failed).toMatchObject({ code });
    expect(await halves(state)).toEqual([{ members: 0, halves: 0 }]);
  });

  here('in a deadlock with another transaction is tried again', async () => {
    await using state = await openedOn(server);
    await using other = await client(server);
    await state.sql(`CREATE TABLE held (id int); INSERT INTO held VALUES (1);
      CREATE FUNCTION holding() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM 1 FROM ${state.schema}.held FOR UPDATE; RETURN NEW; END $$;
      CREATE TRIGGER holding AFTER INSERT ON workspace_members FOR EACH ROW EXECUTE FUNCTION holding()`);
    // The callback holds its member and waits for this row; then this transaction waits for that member.
    await other.query(`SET search_path = ${state.schema}; BEGIN; SELECT 1 FROM held FOR UPDATE`);
    const answer = reasonOf(state.store.resolveMember(userCallback(1)));
    await vi.waitFor(async () => expect(await waits(state, 'Lock')).toHaveLength(1), PATIENT);
    const [{ deadlocks: before } = {}] = await state.sql(DEADLOCKS);
    await other.query(MEMBER).catch(() => undefined);
    await other.query('ROLLBACK');
    expect(await answer).toBe('provisioned');
    expect(await halves(state)).toEqual([{ members: 1, halves: 0 }]);
    await vi.waitFor(async () => expect((await state.sql(DEADLOCKS))[0]?.deadlocks).not.toEqual(before), PATIENT);
  });

  here('because somebody cancels it while it waits is tried again', async () => {
    await using state = await openedOn(server);
    await using other = await client(server);
    await other.query(`SET search_path = ${state.schema}; BEGIN; LOCK TABLE workspace_members IN SHARE MODE`);
    const answer = reasonOf(state.store.resolveMember(userCallback(1)));
    await vi.waitFor(async () => expect(await waits(state, 'Lock')).toHaveLength(1), PATIENT);
    await state.sql(`SELECT pg_cancel_backend(${(await waits(state, 'Lock'))[0]})`);
    await other.query('ROLLBACK');
    expect(await answer).toBe('provisioned');
  });
});

/** A member of the same user as that of the callback, by hand. */
const MEMBER = `INSERT INTO workspaces VALUES (repeat('w', 36), 'x', 'x@example.com', now());
  INSERT INTO workspace_members VALUES ('mem_' || repeat('0', 26), repeat('w', 36), 'user_1', 'x@example.com', '[]', now(), now())`;
const DEADLOCKS = 'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()';

/** Server processes of callbacks that wait so. */
async function waits(state: Opened, type: string): Promise<unknown[]> {
  const rows = await state.sql(`SELECT pid FROM pg_stat_activity
    WHERE application_name = 'agent-paste' AND '${type}' IN (wait_event_type, wait_event)`);
  return rows.map(({ pid }) => pid);
}

/** A session of the owner. */
async function client({ url }: PostgresServer): Promise<pg.Client & AsyncDisposable> {
  const made = new pg.Client({ connectionString: url });
  made.on('error', () => undefined);
  await made.connect();
  return Object.assign(made, { [Symbol.asyncDispose]: () => made.end() });
}

describe('while serving', () => {
  let logins = 0;

  here.each([
    ['a user who may no longer write', 'REVOKE INSERT ON workspace_members FROM', 'database_io', 'replayed'],
    ['a user who may no longer read', 'REVOKE SELECT ON callback_records FROM', 'database_io', 'database_io'],
    ['a user who may no longer log in', 'ALTER ROLE', 'database_unreachable', 'database_unreachable'],
    ['a database with another name', 'ALTER DATABASE', 'database_corrupt', 'database_corrupt'],
  ])('%s has a reason', async (_, change, reason, ofReplay) => {
    const name = `paste_${++logins}`;
    await using owner = await client(server);
    await owner.query(`CREATE ROLE ${name} LOGIN`);
    await owner.query(`CREATE DATABASE ${name} OWNER ${name}`);
    await using state = await openedOn(server, { user: name, name });
    await state.store.resolveMember(userCallback(1));
    const rest = { 'ALTER ROLE': 'NOLOGIN', 'ALTER DATABASE': `RENAME TO other_${name}` }[change] ?? '';
    if (change.startsWith('REVOKE')) await state.sql(`${change} ${name}`);
    await owner.query(`SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '${name}'`);
    if (!change.startsWith('REVOKE')) await owner.query(`${change} ${name} ${rest}`);
    expect(await reasonOf(state.store.resolveMember(userCallback(2)))).toBe(reason);
    expect(await reasonOf(state.store.resolveMember(userCallback(1)))).toBe(ofReplay);
  });

  here('sessions that the server ends because they are idle cost no callback', async () => {
    await using owner = await client(server);
    await owner.query('CREATE ROLE idle LOGIN');
    await owner.query('CREATE DATABASE idle OWNER idle');
    await using state = await openedOn(server, { user: 'idle', name: 'idle' });
    await owner.query("ALTER ROLE idle SET idle_session_timeout = '50ms'");
    await owner.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'idle'");
    const sessions = async () =>
      (await owner.query("SELECT 1 FROM pg_stat_activity WHERE datname = 'idle'")).rows.length;
    for (let n = 0; n < 10; n++) {
      expect(await reasonOf(state.store.resolveMember(userCallback(n)))).toBe('provisioned');
      await vi.waitFor(async () => expect(await sessions()).toBe(0), { ...PATIENT, interval: 5 });
    }
  });

  here('another database behind the same name ends the server with exit code 7', async () => {
    await using state = await openedOn(server);
    using directory = temporaryDirectory();
    const flags = ['--db', state.database, '--peppers', state.peppers, '--log', 'off'];
    await using serving = await serverProcess(flags, { cwd: directory.path });
    const ended = once(serving.child, 'exit');
    await state.sql("UPDATE meta SET value = 'another' WHERE name = 'database_id'");
    const { stdout } = await agentPaste(['mint'], { cwd: directory.path });
    const answer = await fetch(serving.ready.callback_url, {
      method: 'POST',
      headers: { authorization: `Bearer ${stdout.trim()}` },
    });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await answer.json()).toMatchObject({
      error: { code: 'database_unavailable', reason: 'database_replaced' },
    });
    expect((await ended)[0]).toBe(7);
  });
});

describe('a commit that its standby does not confirm', () => {
  here.each([
    ['its wait is cancelled', 'pg_cancel_backend'],
    ['its session is ended', 'pg_terminate_backend'],
  ])('is not answered with 200 when %s', async (_, end) => {
    await using own = await postgresServer();
    await using state = await openedOn(own);
    await state.store.resolveMember(userCallback(1));
    await state.sql("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
    await state.sql('SELECT pg_reload_conf()');
    const answer = reasonOf(state.store.resolveMember(userCallback(2)));
    await vi.waitFor(async () => expect(await waits(state, 'SyncRep')).toHaveLength(1), PATIENT);
    await state.sql(`SELECT ${end}(${(await waits(state, 'SyncRep'))[0]})`);
    expect(['database_unreachable', 'database_busy']).toContain(await answer);
    await state.sql('ALTER SYSTEM RESET synchronous_standby_names');
    await state.sql('SELECT pg_reload_conf()');
    expect(await halves(state)).toEqual([{ members: 2, halves: 0 }]);
  });
});

describe('a server', () => {
  here('that is a standby is refused at start, read, and served from after its promotion', async () => {
    await using own = await postgresServer();
    await using state = await openedOn(own);
    await state.store.resolveMember(userCallback(1));
    await own.stop();
    writeFileSync(join(own.directory, 'data/standby.signal'), '');
    await own.start();
    expect(await reasonOf(state.store.resolveMember(userCallback(1)))).toBe('replayed');
    expect(await reasonOf(state.store.resolveMember(userCallback(2)))).toBe('database_read_only');
    using directory = temporaryDirectory();
    const run = (...args: string[]) => agentPaste([...args, '--db', state.database], { cwd: directory.path });
    const refused = await run('serve', '--port', '0', '--peppers', state.peppers);
    expect([refused.code, refused.stderr.trimEnd().split('\n').length]).toEqual([7, 2]);
    expect(refused.stderr).toContain('takes no writes: it is a standby');
    expect((await run('inspect', 'members')).code).toBe(0);
    await state.sql('SELECT pg_promote()');
    expect(await reasonOf(state.store.resolveMember(userCallback(2)))).toBe('provisioned');
    expect(await halves(state)).toEqual([{ members: 2, halves: 0 }]);
  });

  here('with a damaged page is database_corrupt, and one without a file of a table database_io', async () => {
    await using own = await postgresServer();
    await using state = await openedOn(own);
    await state.store.resolveMember(userCallback(1));
    const [{ path } = {}] = await state.sql("SELECT pg_relation_filepath('callback_records') AS path");
    const file = join(own.directory, 'data', String(path));
    await own.stop();
    const whole = readFileSync(file);
    writeFileSync(file, Buffer.alloc(whole.length, 0x5a));
    await own.start();
    expect(await reasonOf(state.store.resolveMember(userCallback(1)))).toBe('database_corrupt');
    await own.stop();
    renameSync(file, `${file}.away`);
    await own.start();
    expect(await reasonOf(state.store.resolveMember(userCallback(1)))).toBe('database_io');
    await own.stop();
    rmSync(`${file}.away`);
    writeFileSync(file, whole);
    if (process.getuid?.() === 0) chownSync(file, 65_534, 65_534);
    await own.start();
    expect(await reasonOf(state.store.resolveMember(userCallback(1)))).toBe('replayed');
  });

  here('whose log has no room goes down: database_unreachable, and nothing is lost', async ({ skip }) => {
    await using own = await postgresServer({ max_wal_size: '4GB', min_wal_size: '32MB', restart_after_crash: 'off' });
    await using state = await openedOn(own);
    const first = await state.store.resolveMember(userCallback(1));
    await own.stop();
    const [log, small] = [join(own.directory, 'data/pg_wal'), join(own.directory, 'small')];
    mkdirSync(small);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=60m,uid=65534,gid=65534,mode=0700', 'tmpfs', small], {
        stdio: 'ignore',
      });
    } catch {
      skip('no small disk can be mounted');
    }
    try {
      execFileSync('cp', ['-a', `${log}/.`, small]);
      rmSync(log, { recursive: true });
      symlinkSync(small, log);
      await own.start();
      expect(await reasonOf(state.store.resolveMember(userCallback(1)))).toBe('replayed');
      await state
        .sql("SELECT pg_logical_emit_message(false, 'x', repeat('x', 8000000)) FROM generate_series(1, 20)")
        .catch(() => undefined);
      expect(await reasonOf(state.store.resolveMember(userCallback(2)))).toBe('database_unreachable');
      execFileSync('mount', ['-o', 'remount,size=400m', small], { stdio: 'ignore' });
      await own.stop('immediate').catch(() => undefined);
      await own.start();
      const again = await state.store.resolveMember(userCallback(1));
      expect(Buffer.from(again.body).equals(first.body)).toBe(true);
      expect(await reasonOf(state.store.resolveMember(userCallback(2)))).toMatch(/provisioned|replayed/);
      expect(await halves(state)).toEqual([{ members: 2, halves: 0 }]);
    } finally {
      await own.stop('immediate').catch(() => undefined);
      execFileSync('umount', ['-l', small], { stdio: 'ignore' });
    }
  });
});

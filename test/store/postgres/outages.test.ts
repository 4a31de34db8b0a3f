/** What becomes of callbacks when the database, its disk or the link fails: a reason each, and nothing half, lost or double. */

import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { Store } from '../../../src/store/store.ts';
import { type Message, proxyTo } from '../../support/postgres-proxy.ts';
import { HAS_POSTGRES_PROGRAMS, type PostgresServer, postgresServer } from '../../support/postgres-server.ts';
import { postgresTest as test } from '../../support/postgres-test.ts';
import { callbackOf, NOW } from '../../support/store.ts';
import { halves, type Opened, openedOn, reasonOf, userCallback } from './opened.ts';

let server: PostgresServer;
beforeAll(async () => {
  if (HAS_POSTGRES_PROGRAMS) server = await postgresServer({ fsync: 'off' });
});
afterAll(() => server?.[Symbol.asyncDispose]());

const here = HAS_POSTGRES_PROGRAMS ? test : test.skip;

/** Less than the 30 s that a migration has, and more than the 13 s that making the tables takes at most. */
const NOTICED_MS = 25_000;

/** Of the 5 s that a callback has. */
const NEARLY_OVER_MS = 4200;

const opened = (port?: number): Promise<Opened> => openedOn(server, { port });

describe('while serving', () => {
  here('a stopped server is database_unreachable, and callbacks go on when it is back', async () => {
    await using state = await opened();
    expect(await reasonOf(state.store.resolveMember(userCallback(1)))).toBe('provisioned');
    for (const mode of ['fast', 'immediate'] as const) {
      await server.stop(mode);
      expect(await reasonOf(state.store.resolveMember(userCallback(1)))).toBe('database_unreachable');
      await server.start();
      expect(await reasonOf(state.store.resolveMember(userCallback(1)))).toBe('replayed');
    }
    expect(await reasonOf(state.store.resolveMember(userCallback(2)))).toBe('provisioned');
  });

  here('a server that starts within the budget is waited for', async () => {
    await using state = await opened();
    await server.stop('immediate');
    const waiting = state.store.resolveMember(userCallback(1));
    await server.start();
    expect(await reasonOf(waiting)).toBe('provisioned');
  });

  here('connections that are ended cost no callback', async () => {
    await using state = await opened();
    await Promise.all(Array.from({ length: 8 }, (_, n) => state.store.resolveMember(userCallback(n))));
    const end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'agent-paste'";
    for (let round = 0; round < 5; round++) {
      const callbacks = Array.from({ length: 24 }, (_, n) => state.store.resolveMember(userCallback(100 * round + n)));
      await state.sql(end);
      for (const answer of await Promise.all(callbacks.map(reasonOf)))
        expect(['provisioned', 'replayed']).toContain(answer);
    }
    expect(await halves(state)).toEqual([{ members: 120, halves: 0 }]);
  });

  here('a row that another transaction holds is database_busy, and nothing is written', async () => {
    await using state = await opened();
    await state.store.resolveMember(userCallback(1));
    const [{ schema = '' } = {}] = (await state.sql('SELECT current_schema AS schema')) as { schema?: string }[];
    const holder = new pg.Client({ connectionString: server.url });
    holder.on('error', () => undefined);
    await holder.connect();
    await holder.query(`BEGIN; SET LOCAL search_path = ${schema};
      INSERT INTO workspaces SELECT repeat('w', 36), name, contact_email, created_at FROM workspaces;
      INSERT INTO workspace_members SELECT 'mem_' || repeat('0', 26), repeat('w', 36), 'user_2', email, scopes, created_at, last_seen_at
        FROM workspace_members`);
    expect(await reasonOf(state.store.resolveMember(userCallback(2)))).toBe('database_busy');
    expect(await reasonOf(state.store.resolveMember(userCallback(1)))).toBe('replayed');
    expect(await halves(state)).toEqual([{ members: 1, halves: 0 }]);
    await holder.query('ROLLBACK');
    await holder.end();
    expect(await reasonOf(state.store.resolveMember(userCallback(2)))).toBe('provisioned');
  });

  here.each([
    ['callback_records', 'ACCESS EXCLUSIVE'],
    ['workspace_members', 'ACCESS EXCLUSIVE'],
    ['api_keys', 'SHARE'],
    ['meta', 'ACCESS EXCLUSIVE'],
  ])('a lock on %s (%s) is database_busy, and says what waits for which process', async (table, mode) => {
    await using state = await opened();
    const [{ schema = '' } = {}] = (await state.sql('SELECT current_schema AS schema')) as { schema?: string }[];
    const holder = new pg.Client({ connectionString: server.url });
    holder.on('error', () => undefined);
    await holder.connect();
    const [{ pid }] = (await holder.query('SELECT pg_backend_pid() AS pid')).rows;
    await holder.query(`BEGIN; LOCK TABLE ${schema}.${table} IN ${mode} MODE`);
    const refused = await state.store.resolveMember(userCallback(1)).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      reason: 'database_busy',
      detail: {
        received: `it waits for a lock on ${schema}.${table} that process ${pid} of the database server holds`,
      },
    });
    await holder.query('ROLLBACK');
    await holder.end();
    expect(await reasonOf(state.store.resolveMember(userCallback(1)))).not.toBe('database_busy');
    expect(await halves(state)).toEqual([{ members: 1, halves: 0 }]);
  });

  here('callbacks that gave up waiting for a lock leave no session that waits on', async () => {
    await using state = await opened();
    const [{ schema = '' } = {}] = (await state.sql('SELECT current_schema AS schema')) as { schema?: string }[];
    const waiting = async () =>
      Number((await state.sql("SELECT count(*) AS n FROM pg_locks WHERE NOT granted AND locktype = 'relation'"))[0]?.n);
    const holder = new pg.Client({ connectionString: server.url });
    holder.on('error', () => undefined);
    await holder.connect();
    await holder.query(`BEGIN; LOCK TABLE ${schema}.workspace_members`);
    const callbacks = Array.from({ length: 6 }, (_, n) => reasonOf(state.store.resolveMember(userCallback(n))));
    await expect.poll(waiting).toBeGreaterThan(0);
    expect(new Set(await Promise.all(callbacks))).toEqual(new Set(['database_busy']));
    await expect.poll(waiting).toBe(0);
    await holder.query('ROLLBACK');
    await holder.end();
    expect(await reasonOf(state.store.resolveMember(userCallback(1)))).toBe('provisioned');
  });

  here('tables that are gone are database_corrupt, and other tables in their place database_replaced', async () => {
    await using state = await opened();
    await state.store.resolveMember(userCallback(1));
    await state.sql("UPDATE meta SET value = 'another' WHERE name = 'database_id'");
    expect(await reasonOf(state.store.resolveMember(userCallback(1)))).toBe('database_replaced');
    expect(state.replaced()).toBe(true);
    await state.sql('DROP TABLE callback_records');
    expect(await reasonOf(state.store.resolveMember(userCallback(1)))).toBe('database_corrupt');
  });

  here('a database that is set to read only is database_read_only, and replays go on', async () => {
    await using state = await opened();
    await state.store.resolveMember(userCallback(1));
    await state.sql('ALTER DATABASE postgres SET default_transaction_read_only = on');
    await state.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'agent-paste'");
    try {
      expect(await reasonOf(state.store.resolveMember(userCallback(2)))).toBe('database_read_only');
      expect(await reasonOf(state.store.resolveMember(userCallback(1)))).toBe('replayed');
    } finally {
      await state.sql('SET transaction_read_only = off; ALTER DATABASE postgres RESET default_transaction_read_only');
    }
  });

  here('no connection left is database_busy, and one that becomes free is waited for', async () => {
    await using limiting = await postgresServer({
      fsync: 'off',
      max_connections: '4',
      superuser_reserved_connections: '0',
    });
    await using state = await opened(limiting.port);
    await state.store.resolveMember(userCallback(1));
    const holders = Array.from({ length: 3 }, () => new pg.Client({ connectionString: limiting.url }));
    for (const holder of holders) await holder.connect();
    const busy = Array.from({ length: 8 }, (_, n) => reasonOf(state.store.resolveMember(userCallback(10 + n))));
    expect(new Set(await Promise.all(busy))).toEqual(new Set(['provisioned']));
    await state.store.close();
    holders.push(new pg.Client({ connectionString: limiting.url }));
    await holders.at(-1)?.connect();
    await expect(opened(limiting.port)).rejects.toMatchObject({ code: 'state_locked' });
    for (const holder of holders) await holder.end();
  });

  here('a full disk is storage_full, leaves nothing half, and replays go on', async ({ skip }) => {
    const directory = join(server.directory, 'small');
    mkdirSync(directory);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6m,uid=65534,gid=65534,mode=0700', 'tmpfs', directory], {
        stdio: 'ignore',
      });
    } catch {
      skip('no small disk can be mounted');
    }
    try {
      await using state = await opened();
      await state.store.resolveMember(userCallback(0));
      await state.sql(`CREATE TABLESPACE small LOCATION '${directory}'`);
      for (const table of ['workspaces', 'workspace_members', 'api_keys', 'operation_events', 'callback_records'])
        await state.sql(`ALTER TABLE ${table} SET TABLESPACE small`);
      let full = 0;
      for (let n = 1; n < 20_000 && full < 5; n++) {
        const answer = await reasonOf(state.store.resolveMember(userCallback(n)));
        if (answer === 'storage_full') full++;
        else expect(answer).toBe('provisioned');
      }
      expect(full).toBe(5);
      expect(await reasonOf(state.store.resolveMember(userCallback(0)))).toBe('replayed');
      expect(await halves(state)).toMatchObject([{ halves: 0 }]);
      await state.sql(
        'DROP TABLE callback_records, operation_events, api_keys, workspace_members, workspaces, artifacts CASCADE',
      );
      await state.sql('DROP TABLESPACE small');
    } finally {
      execFileSync('umount', ['-l', directory], { stdio: 'ignore' });
    }
  });
});

describe('a link', () => {
  const ofCallback = ({ type }: Message) => type !== 'startup';

  here('that is cut at any message of a first sign-in costs no callback, and makes nothing twice', async () => {
    await using proxy = await proxyTo(server.port);
    await using state = await opened(proxy.port);
    await state.store.resolveMember(userCallback(0));
    for (const verdict of ['cut-before', 'cut-after'] as const)
      for (let at = 1; at <= 24; at++) {
        let seen = 0;
        let cut = false;
        proxy.judge((message) => {
          if (cut || !ofCallback(message) || ++seen < at) return 'pass';
          cut = true;
          return verdict;
        });
        const n = at + (verdict === 'cut-after' ? 100 : 0);
        const first = await state.store.resolveMember(userCallback(n));
        const again = await state.store.resolveMember(userCallback(n));
        expect([first.outcome, again.outcome], `${verdict} message ${at}`).toEqual(['provisioned', 'replayed']);
        expect(Buffer.from(again.body).equals(first.body)).toBe(true);
        const later = await state.store.resolveMember(
          callbackOf({ subject: `user_${n}`, idempotencyKey: `workos-jti:later-${n}`, now: NOW + 1 }),
        );
        expect(later.outcome).toBe('seen');
      }
    expect(await halves(state)).toEqual([{ members: 49, halves: 0 }]);
  });

  here('that falls silent is given up, and the callback goes on with another connection', async () => {
    await using proxy = await proxyTo(server.port);
    await using state = await opened(proxy.port);
    await state.store.resolveMember(userCallback(0));
    let silenced = false;
    proxy.judge(({ from, text }) => {
      if (silenced || from !== 'client' || !text.includes('callback_provision')) return 'pass';
      silenced = true;
      return 'silence';
    });
    expect(await reasonOf(state.store.resolveMember(userCallback(1)))).toBe('provisioned');
    expect(silenced).toBe(true);
  });

  here('that is slow when the time is nearly over does not hide what the server said before', async () => {
    await using proxy = await proxyTo(server.port);
    await using state = await opened(proxy.port);
    await state.sql(`CREATE FUNCTION failing() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'full' USING ERRCODE = '53300'; END $$;
      CREATE TRIGGER failing BEFORE INSERT ON workspace_members FOR EACH ROW EXECUTE FUNCTION failing()`);
    const begun = performance.now();
    proxy.judge(() => (performance.now() - begun > NEARLY_OVER_MS ? 'silence' : 'pass'));
    expect(await reasonOf(state.store.resolveMember(userCallback(1)))).toBe('database_busy');
  });

  here.concurrent('that falls silent while the tables are made is noticed within seconds', async () => {
    await using proxy = await proxyTo(server.port);
    const silent = async (type: string, text: string) => {
      let silenced = false;
      proxy.judge((message) => {
        if (silenced || message.from !== 'client' || message.type !== type || !message.text.includes(text))
          return 'pass';
        silenced = true;
        return 'silence';
      });
      const begun = performance.now();
      const failed = await opened(proxy.port).catch((error: unknown) => error);
      expect(failed).toMatchObject({ code: 'unreachable' });
      expect(silenced, text).toBe(true);
      expect(performance.now() - begun, text).toBeLessThan(NOTICED_MS);
    };
    await silent('Q', 'BEGIN');
    await silent('P', 'pg_try_advisory_xact_lock');
    await silent('Q', 'SET LOCAL lock_timeout');
    await silent('Q', 'CREATE TABLE');
    await silent('Q', 'COMMIT');
  });

  here('carries two round trips for a first sign-in and for a returning member, one for a replay', async () => {
    await using proxy = await proxyTo(server.port);
    await using state = await opened(proxy.port);
    const trips = async (callback: Parameters<Store['resolveMember']>[0]) => {
      const before = proxy.messages.length;
      await state.store.resolveMember(callback);
      return proxy.messages.slice(before).filter(({ from, type }) => from === 'server' && type === 'Z').length;
    };
    await trips(userCallback(1));
    await trips(callbackOf({ subject: 'user_1', idempotencyKey: 'workos-jti:x' }));
    expect(await trips(userCallback(2))).toBe(2);
    expect(await trips(userCallback(2))).toBe(1);
    expect(await trips(callbackOf({ subject: 'user_2', idempotencyKey: 'workos-jti:y' }))).toBe(2);
  });
});

/**
 * Why a statement got no answer: another connection asks the server. A lock on a table is waited for before the first part
 * of a statement runs, so no limit that the statement sets itself would end the wait.
 */
import type pg from 'pg';
import { Client } from './client.ts';
import { LockWait } from './errors.ts';

/** Milliseconds for connecting, and again for the answer. */
const PATIENCE_MS = 500;

/** A pooler shows another process id than that of the server; then any session of this program is looked at. */
const WAITS = `SELECT coalesce((SELECT min(l.relation::regclass::text) FROM pg_catalog.pg_locks l
    WHERE l.pid = a.pid AND NOT l.granted), 'a row') AS what, array_to_string(pg_blocking_pids(a.pid), ', ') AS holders
  FROM pg_catalog.pg_stat_activity a
  WHERE a.wait_event_type = 'Lock' AND a.application_name = current_setting('application_name')
    AND (a.pid = $1 OR NOT EXISTS (SELECT 1 FROM pg_catalog.pg_stat_activity WHERE pid = $1)) LIMIT 1`;

/** @returns undefined if the statement does not wait for a lock, or the server does not answer either */
export async function lockWait(connection: pg.ClientConfig, processId: number | null): Promise<LockWait | undefined> {
  const client = new Client({ ...connection, connectionTimeoutMillis: PATIENCE_MS, query_timeout: PATIENCE_MS });
  client.on('error', () => undefined); // the same error rejects what is awaited below
  try {
    await client.connect();
    const [wait] = (await client.query(WAITS, [processId])).rows;
    if (wait === undefined) return undefined;
    return new LockWait(
      `it waits for a lock on ${wait.what} that process ${wait.holders} of the database server holds`,
    );
  } catch {
    return undefined; // the link is what is wrong, and the caller says so
  } finally {
    client.end().catch(() => undefined); // it is of no more use, and was judged above
  }
}

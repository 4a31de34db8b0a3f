/**
 * Connections to one database, a few at a time. A connection that was silent for too long, or broke, is thrown away: no
 * statement is ever cancelled, because that would end the wait of a commit for its standby.
 */
import { readFileSync } from 'node:fs';
import pg from 'pg';
import pgpass from 'pgpass';
import { refusal } from '../../errors/api-error.ts';
import { Failure } from '../../errors/failure.ts';
import type { DatabaseUrl } from '../../machine/values/database-url.ts';
import { Client } from './client.ts';
import { endedSession, LinkLost, MissingPassword, PoolExhausted, sqlState, Unconfirmed } from './errors.ts';
import { lockWait } from './lock-wait.ts';
import { parserOf } from './values.ts';

export type Row = Readonly<Record<string, unknown>>;

export interface Statement {
  /** Statements with a name are prepared once on each connection. */
  readonly name?: string;
  readonly text: string;
}

/** Runs one statement. @param within milliseconds until its answer must be there */
export type Query = (statement: Statement | string, values?: readonly unknown[], within?: number) => Promise<Row[]>;

/** Rows of a query, a batch at a time. */
export type RowsOf = (sql: string) => AsyncIterable<Row>;

/** One connection, until it is given back: as good, or as broken by this error. */
interface Reserved {
  readonly query: Query;
  release(error?: unknown): void;
}

export interface Pool {
  /** A statement that is a transaction by itself. */
  readonly query: Query;
  reserve(): Promise<Reserved>;
  /** Several statements on one connection: a transaction is opened and ended by `work`. */
  withConnection<T>(work: (query: Query) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface PoolOptions {
  readonly size: number;
  /** Told once, when a pooler between cannot keep prepared statements. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

const CONNECT_TIMEOUT_MS = 2000;
export const STATEMENT_TIMEOUT_MS = 3000;
const IDLE_TIMEOUT_MS = 30_000;
/** For saying goodbye; then sockets are closed without it. */
const CLOSE_TIMEOUT_MS = 1000;

/**
 * A statement that was given up still waits for its lock on the server, and holds a connection of it: until the lock ends,
 * or the server notices that its client is gone. PostgreSQL knows this from 14 on, on Linux, macOS and BSD.
 */
const NOTICE_CLIENT = { text: "SET client_connection_check_interval = '1s'", query_timeout: CONNECT_TIMEOUT_MS };

/** What the driver says about a statement that took too long. */
const UNANSWERED = 'Query read timeout';

/** What poolers answer that keep no prepared statements: nothing ran before it. */
const UNPREPARED = ['26000', '42P05'];

/** Opens no connection yet. @throws Failure invalid_argument for a file of certificates that cannot be read */
export function openPool(url: DatabaseUrl, { size, onWarning }: PoolOptions): Pool {
  const connection: pg.ClientConfig = {
    host: url.host,
    port: url.port,
    user: url.user,
    password: url.password ?? (() => passwordFromFile(url)),
    database: url.database,
    ssl: url.tls === 'off' ? false : { rejectUnauthorized: true, ...rootCertificate(url) },
    application_name: 'agent-paste', // a pooler refuses most other startup parameters
  };
  const pool = new pg.Pool({
    ...connection,
    Client,
    onConnect: (client) => client.query(NOTICE_CLIENT).catch(() => undefined), // the statement that follows tells
    max: size,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    keepAlive: true,
    types: { getTypeParser: parserOf },
  });
  let prepared = true;
  let closing: Promise<void> | undefined;
  const clients = new Set<pg.PoolClient>();
  const unconfirmed = new WeakSet<pg.ClientBase>();
  // A connection that dies emits `error`, and without a listener the process would end.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => {
    clients.add(client);
    client.on('error', () => undefined);
    // A wait for the standby that an operator cancels (01000), or whose session is ended (57P01).
    client.on('notice', ({ routine }) => {
      if (routine?.startsWith('SyncRep')) unconfirmed.add(client);
    });
  });
  pool.on('remove', (client) => clients.delete(client));

  const runOn = async (client: pg.PoolClient, statement: Statement, values: readonly unknown[], within: number) => {
    const { name, text } = statement;
    const config = { text, values: [...values], query_timeout: Math.max(1, within) };
    // Committed here or not, the table would say that it is: this callback must not ask it.
    const refuseUnconfirmed = () => {
      if (unconfirmed.has(client)) throw new Unconfirmed('the commit was not confirmed by the standby');
    };
    const asked = client.query(prepared && name !== undefined ? { ...config, name } : config);
    const { rows } = await asked.catch((error) => {
      refuseUnconfirmed();
      throw error;
    });
    refuseUnconfirmed();
    return rows as Row[];
  };

  const queryOn =
    (client: pg.PoolClient): Query =>
    async (statement, values = [], within = STATEMENT_TIMEOUT_MS) => {
      const asked = typeof statement === 'string' ? { text: statement } : statement;
      try {
        return await runOn(client, asked, values, within);
      } catch (error) {
        const wasPrepared = asked.name !== undefined && UNPREPARED.includes(sqlState(error) ?? '');
        if (!wasPrepared) throw (await waitOf(client, error)) ?? asLinkError(error);
        if (prepared)
          onWarning?.('the pooler in front of the database keeps no prepared statements: callbacks take longer');
        prepared = false;
        return runOn(client, asked, values, within);
      }
    };

  const waitOf = async (client: pg.PoolClient, error: unknown) => {
    const { processID } = client as unknown as { readonly processID: number | null };
    return textOf(error) === UNANSWERED ? lockWait(connection, processID) : undefined;
  };

  const reserve = async (): Promise<Reserved> => {
    if (closing !== undefined)
      throw refusal('database_busy', { expected: 'an open database', received: 'one that is being closed' });
    const client = await pool.connect().catch((error) => {
      throw asConnectError(error);
    });
    return { query: inTurn(queryOn(client)), release: (error) => client.release(!isOrderly(client, error)) };
  };

  const withConnection = async <T>(work: (query: Query) => Promise<T>): Promise<T> => {
    const { query, release } = await reserve();
    try {
      const result = await work(query);
      release();
      return result;
    } catch (error) {
      release(error);
      throw error;
    }
  };

  return {
    query: (statement, values, within) => withConnection((query) => query(statement, values, within)),
    reserve,
    withConnection,
    close() {
      closing ??= closed(pool, clients);
      return closing;
    },
  };
}

/** A connection runs one statement at a time, also if several callers use it. */
function inTurn(query: Query): Query {
  let before: Promise<unknown> = Promise.resolve();
  return (...asked) => {
    const mine = before.then(() => query(...asked));
    before = mine.catch(() => undefined); // each asker gets its own error
    return mine;
  };
}

/** Runs reads that belong together on one state of the database. */
export function snapshot<T>(
  { withConnection }: Pick<Pool, 'withConnection'>,
  read: (query: Query) => Promise<T>,
): Promise<T> {
  return withConnection(async (query) => {
    await query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    let failed: unknown;
    try {
      return await read(query);
    } catch (error) {
      failed = error;
      throw error;
    } finally {
      await rollBack(query, failed);
    }
  });
}

/** @param failed a lost link has no transaction any more, and would be waited for again */
export async function rollBack(query: Query, failed?: unknown): Promise<void> {
  if (failed instanceof LinkLost) return;
  await query('ROLLBACK').catch(() => undefined); // a broken connection has rolled back by itself
}

async function closed(pool: pg.Pool, clients: ReadonlySet<pg.PoolClient>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, CLOSE_TIMEOUT_MS + STATEMENT_TIMEOUT_MS);
  });
  await Promise.race([pool.end(), tooLate]);
  clearTimeout(timer);
  for (const client of clients)
    (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
}

/** An error with a SQLSTATE leaves a connection in order, unless it ended the session or a transaction is still open. */
function isOrderly(client: pg.PoolClient, error: unknown): boolean {
  return !endedSession(error) && client.getTransactionStatus() === 'I';
}

/** @returns an error of PostgreSQL, or a mistake of this program, as it is */
function asLinkError(error: unknown): unknown {
  if (sqlState(error) !== undefined || error instanceof Unconfirmed || isMistake(error)) return error;
  return new LinkLost(textOf(error), { cause: error });
}

function asConnectError(error: unknown): unknown {
  const text = textOf(error);
  if (text === 'timeout exceeded when trying to connect')
    return new PoolExhausted(`no connection became free in ${CONNECT_TIMEOUT_MS / 1000} s`, { cause: error });
  if (/password must be a (?:non-empty )?string/i.test(text)) return new MissingPassword(text, { cause: error });
  return asLinkError(error);
}

function isMistake(error: unknown): boolean {
  return error instanceof TypeError && !('code' in error);
}

/** Several addresses that all failed make one error without a text. */
function textOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(textOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}

/** As PostgreSQL's own programs look for it: PGPASSFILE, else ~/.pgpass. Asked for by a server that wants one. */
function passwordFromFile({ host, port, user = '', database }: DatabaseUrl): Promise<string> {
  return new Promise((resolve) => pgpass({ host, port, user, database }, (password) => resolve(password as string)));
}

function rootCertificate({ rootCertificate: file }: DatabaseUrl): { readonly ca?: string } {
  if (file === undefined) return {};
  try {
    return { ca: readFileSync(file, 'utf8') };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Failure(
      'invalid_argument',
      `sslrootcert ${file} cannot be read: ${code}`,
      'Name a file of certificates.',
      error,
    );
  }
}

/**
 * What a server has stored, and changes of it by hand, on the engine of the run: SQLite files, or with
 * AGENT_PASTE_TEST_ENGINE=postgres a schema of a PostgreSQL database for each state directory.
 */
import { copyFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type pg from 'pg';
import { systemRandom } from '../../src/machine/random.ts';
import { openStore as openAnyStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import * as sqlite from './database.ts';

export { NOTHING, ONE_SIGN_IN, UNCHANGED } from './database.ts';

export const ENGINE = process.env.AGENT_PASTE_TEST_ENGINE === 'postgres' ? 'postgres' : 'sqlite';

/** Its user must be able to make databases and roles. */
export const POSTGRES_URL = process.env.AGENT_PASTE_TEST_POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';

type Values = readonly (string | number | Uint8Array)[];

/** The database of a state directory: a file in it, or the URL of a schema named after it. */
export function databaseIn(directory: string): string {
  if (ENGINE === 'sqlite') return join(directory, 'agent-paste.db');
  const schema = `test_${basename(directory).replaceAll(/\W/g, '_')}`;
  schemas.add(schema);
  const url = new URL(POSTGRES_URL);
  url.searchParams.set('schema', schema);
  return url.href;
}

/** For the programs of a run: on SQLite they find their database themselves. */
export function databaseEnvironment(directory: string): Record<string, string> {
  if (ENGINE === 'sqlite') return {};
  return { AGENT_PASTE_DB: databaseIn(directory), AGENT_PASTE_DB_POOL_SIZE: '4' };
}

export interface OpenedStore extends AsyncDisposable {
  readonly store: Store;
  readonly database: string;
}

export async function openStore(directory: string): Promise<OpenedStore> {
  const database = databaseIn(directory);
  const peppers = join(directory, 'peppers.json');
  const { store } = await openAnyStore({ database, peppers, random: systemRandom(), keyEnvironment: 'preview' });
  return { store, database, [Symbol.asyncDispose]: () => store.close() };
}

export type Counts = ReturnType<typeof sqlite.counts>;

/** How many rows a first sign-in has made in each table. */
export async function counts(database: string): Promise<Counts> {
  if (ENGINE === 'sqlite') return sqlite.counts(database);
  const count = async (table: string) => Number((await query(database, `SELECT count(*) AS n FROM ${table}`))[0]?.n);
  return {
    workspaces: await count('workspaces'),
    members: await count('workspace_members'),
    keys: await count('api_keys'),
    events: await count('operation_events'),
    records: await count('callback_records'),
  };
}

/** @param sql which may order by `rowid`, the order of writing */
export async function query(database: string, sql: string, ...values: Values): Promise<Record<string, unknown>[]> {
  if (ENGINE === 'sqlite') return sqlite.query(database, sql);
  let n = 0;
  const text = sql.replaceAll(/\browid\b/g, 'seq').replaceAll('?', () => `$${++n}`);
  const { rows } = await (await clientOf(database)).query(text, [...values]);
  return rows.map(plain);
}

export async function execute(database: string, sql: string, ...values: Values): Promise<void> {
  if (ENGINE === 'sqlite') sqlite.execute(database, sql, ...values);
  else await query(database, sql, ...values);
}

/** Makes the database refuse new rows of a table, without the server's knowing. @param when of `new` */
export async function refuseRows(database: string, table: string, when = 'true'): Promise<void> {
  if (ENGINE === 'sqlite')
    return execute(
      database,
      `CREATE TRIGGER refused BEFORE INSERT ON ${table} WHEN ${when} BEGIN SELECT RAISE(ABORT, 'refused on purpose'); END`,
    );
  await execute(
    database,
    "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'refused on purpose'; END $$",
  );
  await execute(
    database,
    `CREATE TRIGGER refused BEFORE INSERT ON ${table} FOR EACH ROW WHEN (${when}) EXECUTE FUNCTION refuse()`,
  );
}

export async function acceptRows(database: string, table: string): Promise<void> {
  if (ENGINE === 'sqlite') return execute(database, 'DROP TRIGGER refused');
  await execute(database, `DROP TRIGGER refused ON ${table}`);
  await execute(database, 'DROP FUNCTION refuse()');
}

/** Lets the stored answers expire one after the other, a number of milliseconds apart. */
export async function expireInTurn(database: string, ms: number): Promise<void> {
  const now = Date.now();
  if (ENGINE === 'sqlite') return execute(database, `UPDATE callback_records SET expires_at = ${now} + ${ms} * rowid`);
  const from = new Date(now).toISOString();
  await execute(
    database,
    `UPDATE callback_records SET expires_at = '${from}'::timestamptz + ${ms} * (seq - (SELECT min(seq) FROM callback_records)) * interval '1 ms'`,
  );
}

/** A backup, to be brought back while no server runs. */
export async function backUp(database: string): Promise<{ restore(): Promise<void> }> {
  if (ENGINE === 'sqlite') {
    copyFileSync(database, `${database}.kept`);
    return { restore: async () => copyFileSync(`${database}.kept`, database) };
  }
  for (const table of TABLES) await execute(database, `CREATE TABLE kept_${table} AS SELECT * FROM ${table}`);
  return {
    async restore() {
      await execute(database, `TRUNCATE ${TABLES.join(', ')}`);
      for (const table of TABLES)
        await execute(database, `INSERT INTO ${table} OVERRIDING SYSTEM VALUE SELECT * FROM kept_${table}`);
    },
  };
}

export interface Observer extends AsyncDisposable {
  /** What has changed since the observer was made: rows, commits by others, bytes of the write-ahead log of a file. */
  changes(): Promise<typeof sqlite.UNCHANGED>;
}

export async function observe(database: string): Promise<Observer> {
  if (ENGINE === 'sqlite') {
    const observer = sqlite.observe(database);
    return {
      changes: async () => observer.changes() as typeof sqlite.UNCHANGED,
      [Symbol.asyncDispose]: async () => observer[Symbol.dispose](),
    };
  }
  // Each row with the transaction that wrote it: also an update that changes nothing shows.
  const state = async () => {
    const tables: unknown[] = [];
    for (const table of TABLES)
      tables.push(await query(database, `SELECT xmin::text AS writer, t::text AS row FROM ${table} t ORDER BY 2`));
    return JSON.stringify(tables);
  };
  const before = await state();
  return {
    async changes() {
      const changed = (await state()) !== before;
      return { rows: changed, commits: changed, walBytes: 0 };
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** Without the log of attempts, which on SQLite is a file of its own. */
const TABLES = [
  'meta',
  'workspaces',
  'workspace_members',
  'api_keys',
  'operation_events',
  'callback_records',
  'artifacts',
];

const schemas = new Set<string>();
const clients = new Map<string, Promise<pg.Client>>();

const INT8 = 20;

function clientOf(database: string): Promise<pg.Client> {
  const known = clients.get(database);
  if (known !== undefined) return known;
  const connected = (async () => {
    const { default: pg } = await import('pg'); // not by every test that starts a server
    const url = new URL(database);
    const schema = url.searchParams.get('schema');
    const client = new pg.Client({
      connectionString: POSTGRES_URL,
      types: {
        getTypeParser: ((type: number, format) =>
          type === INT8 ? Number : pg.types.getTypeParser(type, format)) as typeof pg.types.getTypeParser,
      },
    });
    client.on('error', () => clients.delete(database));
    await client.connect();
    await client.query(`SET search_path = "${schema}"; SET client_min_messages = error`);
    return client;
  })();
  clients.set(database, connected);
  return connected;
}

function plain(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => {
      if (value instanceof Date) return [name, value.toISOString()];
      return [name, value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value];
    }),
  );
}

/** Drops what the tests of a file have made. */
export async function dropSchemas(): Promise<void> {
  for (const client of clients.values()) await (await client).end();
  clients.clear();
  if (schemas.size === 0) return;
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: POSTGRES_URL });
  await client.connect();
  await client.query('SET client_min_messages = error');
  for (const schema of schemas) await client.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
  await client.end();
  schemas.clear();
}

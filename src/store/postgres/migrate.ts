/** Taking a schema to the version that this program knows; several servers may try at once. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../errors/failure.ts';
import type { RandomSource } from '../../machine/random.ts';
import { isPassing, sqlState } from './errors.ts';
import { type Pool, type Query, rollBack } from './pool.ts';
import { APPLICATION, STEPS } from './schema.ts';

/** What is known of a schema before it is used. */
export interface FoundSchema {
  /** 0 where nothing is there yet. */
  readonly version: number;
  readonly meta: readonly { readonly name: string; readonly value: string }[];
  /** A standby, or a database that was set to take no writes. */
  readonly readOnly: boolean;
}

export interface Place {
  /** The database, without its password. */
  readonly name: string;
  readonly schema: string;
}

const FLOOR = 140_000;
/** Milliseconds for which a server that starts waits for others and for passing trouble. */
const BUDGET_MS = 30_000;
/** Behind a long reader, a change of tables would stop every callback; so it gives way, and tries again. */
const DDL_LOCK_TIMEOUT_MS = 200;
/** For tables that are new; a change of large ones takes its time. */
const MAKING_MS = 10_000;
/** Between two attempts to get the lock of all servers. */
const LOCK_PAUSE_MS = 50;

/**
 * Reads what is there, and changes nothing.
 * @throws Failure unsupported_runtime, state_mismatch for another encoding, state_corrupt for a schema of another program
 */
export async function findSchema(query: Query, { name, schema }: Place): Promise<FoundSchema> {
  const [found] = await query(
    `SELECT current_setting('server_version_num')::int AS server, current_setting('server_encoding') AS encoding,
       pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on' AS read_only,
       count(c.oid)::int AS relations, count(c.oid) FILTER (WHERE c.relname = 'meta')::int AS metas
     FROM pg_catalog.pg_namespace n
     LEFT JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
     RIGHT JOIN (SELECT $1::text AS wanted) w ON n.nspname = w.wanted`,
    [schema],
  );
  const {
    server,
    encoding,
    read_only: readOnly,
    relations,
    metas,
  } = found as Record<string, number | string | boolean>;
  if (Number(server) < FLOOR)
    throw new Failure(
      'unsupported_runtime',
      `${name} is on PostgreSQL ${Math.floor(Number(server) / 10_000)}`,
      'Use PostgreSQL 14 or newer.',
    );
  if (encoding !== 'UTF8')
    throw new Failure(
      'state_mismatch',
      `${name} is encoded in ${encoding}, and not every name and e-mail address fits into that`,
      'Use a database that was made with ENCODING UTF8.',
    );
  if (relations === 0) return { version: 0, meta: [], readOnly: readOnly === true };
  const meta = metas === 0 ? [] : await readMeta(query, schema);
  const noted = (wanted: string) => meta.find((row) => row.name === wanted)?.value;
  if (noted('application') !== APPLICATION)
    throw new Failure(
      'state_corrupt',
      `the schema ${schema} of ${name} belongs to another program`,
      'Nothing was changed. Name another schema: ?schema=….',
    );
  return { version: Number(noted('schema_version')), meta, readOnly: readOnly === true };
}

/** A server works with its version and with the next one. @throws Failure state_newer */
export function refuseNewer({ version }: FoundSchema, { name }: Place): void {
  if (version > STEPS.length + 1)
    throw new Failure(
      'state_newer',
      `${name} has version ${version}, and this program knows ${STEPS.length}`,
      'Use the newer agent-paste that made it.',
    );
}

/** What is said where there is nothing of ours. */
export function missingSchema({ name, schema }: Place): Failure {
  return new Failure(
    'not_found',
    `there are no tables of agent-paste in the schema ${schema} of ${name}`,
    'Start `agent-paste serve` with this --db once, or check its name and its ?schema=….',
  );
}

export function refuseReadOnly({ readOnly }: FoundSchema, { name }: Place): void {
  if (readOnly)
    throw new Failure(
      'state_locked',
      `${name} takes no writes: it is a standby, or set to read-only`,
      'Name the primary server with --db.',
    );
}

interface MigratedSchema extends FoundSchema {
  /** Whether it was this call that changed it. */
  readonly changed: boolean;
}

/**
 * One transaction, under a lock that every server takes: of several at once, one makes the change and the others find
 * it made.
 * @throws Failure as `findSchema`, `refuseNewer` and `refuseReadOnly`; the errors of PostgreSQL as they are
 */
export async function migrate(pool: Pool, place: Place, random: Pick<RandomSource, 'uuid'>): Promise<MigratedSchema> {
  const deadline = performance.now() + BUDGET_MS;
  let changed = false;
  for (;;) {
    try {
      const found = await findSchema(pool.query, place);
      refuseNewer(found, place);
      if (found.version >= STEPS.length) return { ...found, changed };
      refuseReadOnly(found, place);
      changed = await pool.withConnection((query) => change(query, place, random));
    } catch (error) {
      // Another server that made the schema at the same time, before either had the lock.
      const raced = ['42P06', '42P07', '23505'].includes(sqlState(error) ?? '');
      if ((!raced && !isPassing(error)) || isUnreachable(error) || performance.now() > deadline) throw error;
      await sleep(50 + (process.pid % 50));
    }
  }
}

/** A start does not wait for a database server that cannot be reached; it fails at once. */
function isUnreachable(error: unknown): boolean {
  return sqlState(error) === undefined || sqlState(error) === '57P03';
}

/** @returns whether anything was left to change */
async function change(query: Query, place: Place, random: Pick<RandomSource, 'uuid'>): Promise<boolean> {
  const schema = `"${place.schema}"`;
  await query('BEGIN ISOLATION LEVEL READ COMMITTED');
  try {
    await lock(query, place);
    await query(`SET LOCAL lock_timeout = ${DDL_LOCK_TIMEOUT_MS}`);
    const { version, meta } = await findSchema(query, place);
    const isOlder = version < STEPS.length;
    if (isOlder) {
      if (version === 0 && !(await exists(query, place.schema))) await query(`CREATE SCHEMA ${schema}`);
      for (const step of STEPS.slice(version))
        await query(step(schema), undefined, version === 0 ? MAKING_MS : BUDGET_MS);
      const notes = { application: APPLICATION, schema_version: String(STEPS.length) };
      const made = meta.some(({ name }) => name === 'database_id') ? {} : { database_id: random.uuid() };
      for (const [name, value] of Object.entries({ ...notes, ...made }))
        await query(
          `INSERT INTO ${schema}.meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
          [name, value],
        );
    }
    await query('COMMIT');
    return isOlder;
  } catch (error) {
    await rollBack(query, error);
    throw error;
  }
}

/** Asked for again and again: a wait on the server could not be told from a link that fell silent. */
async function lock(query: Query, { name, schema }: Place): Promise<void> {
  const deadline = performance.now() + BUDGET_MS;
  const text = 'SELECT pg_try_advisory_xact_lock(hashtext($1)) AS locked';
  while ((await query(text, [`agent-paste ${schema}`]))[0]?.locked !== true) {
    if (performance.now() > deadline)
      throw new Failure(
        'state_locked',
        `another server has been changing the tables of ${name} for ${BUDGET_MS / 1000} s`,
        'Wait for it, and start this one again.',
      );
    await sleep(LOCK_PAUSE_MS);
  }
}

async function exists(query: Query, schema: string): Promise<boolean> {
  return (await query('SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1', [schema])).length > 0;
}

export async function readMeta(query: Query, schema: string): Promise<FoundSchema['meta']> {
  try {
    return (await query(`SELECT name, value FROM "${schema}".meta`)) as unknown as FoundSchema['meta'];
  } catch (error) {
    if (sqlState(error) === '42703') return []; // a table of that name with other columns
    throw error;
  }
}

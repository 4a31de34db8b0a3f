/** The store over one schema of a PostgreSQL database, which servers on several hosts may share. */

import { setTimeout as sleep } from 'node:timers/promises';
import { secretMatches } from '../../callback/workspace/api-key.ts';
import { refusal } from '../../errors/api-error.ts';
import type { RandomSource } from '../../machine/random.ts';
import type { DatabaseUrl } from '../../machine/values/database-url.ts';
import { isoTime } from '../../machine/values/time.ts';
import { pepperNotes, unnotedPeppers } from '../pepper-notes.ts';
import { type MaybeMade, type Peppers, pepperOf } from '../peppers.ts';
import type { Store, StoreSettings } from '../store.ts';
import { callbacksOver } from './callbacks.ts';
import { asFailure, asOutage } from './errors.ts';
import {
  type FoundSchema,
  findSchema,
  migrate,
  missingSchema,
  type Place,
  readMeta,
  refuseNewer,
  refuseReadOnly,
} from './migrate.ts';
import { findable, pagesOver } from './pages.ts';
import { patiently } from './patience.ts';
import { openPool, type Pool } from './pool.ts';
import { type Rows, rowsIn } from './rows.ts';
import { seedingOver } from './seeding.ts';

export interface PostgresPlace {
  readonly url: DatabaseUrl;
  /** Without its password. */
  readonly name: string;
}

export interface PostgresStoreOptions extends StoreSettings {
  readonly random: RandomSource;
  readonly poolSize: number;
  /** Chosen when it is known whether the database was made with some. */
  readonly peppers: (database: MaybeMade) => Peppers;
  /** Called when the database turns out to be another one. */
  readonly onReplaced?: (() => void) | undefined;
  readonly onWarning?: ((message: string) => void) | undefined;
  /** Makes nothing. */
  readonly mustExist: boolean;
}

/** @throws Failure for a database that cannot be used (see `errors.ts` and `migrate.ts`), state_mismatch for other peppers */
export async function openPostgresStore(
  { url, name }: PostgresPlace,
  options: PostgresStoreOptions,
): Promise<{ readonly store: Store; readonly peppers: Peppers }> {
  const pool = openPool(url, { size: options.poolSize, onWarning: options.onWarning });
  const place = { name, schema: url.schema };
  try {
    const before = await findSchema(pool.query, place);
    refuseNewer(before, place);
    if (options.mustExist && before.version === 0) throw missingSchema(place);
    refuseReadOnly(before, place);
    // Tables that `migrate` made have seen no pepper yet.
    const peppers = options.peppers({ name, isMade: () => pepperNotes(before.meta).size > 0 });
    const { meta } = await migrate(pool, place, options.random);
    await notePeppers(pool, place, peppers, meta);
    const databaseId = String(meta.find((row) => row.name === 'database_id')?.value);
    return { peppers, store: storeOver(pool, rowsIn(url.schema), { ...options, peppers, databaseId }) };
  } catch (error) {
    await pool.close();
    throw asFailure(error, name);
  }
}

/** @throws Failure as `openPostgresStore` */
export async function migratePostgres(
  { url, name }: PostgresPlace,
  random: RandomSource,
): Promise<{ readonly version: number; readonly changed: boolean }> {
  const pool = openPool(url, { size: 1 });
  const place = { name, schema: url.schema };
  try {
    const before = await findSchema(pool.query, place);
    refuseNewer(before, place);
    const { version, changed } = await migrate(pool, place, random);
    return { version, changed };
  } catch (error) {
    throw asFailure(error, name);
  } finally {
    await pool.close();
  }
}

/** The first server decides; one with another pepper is refused, also one that starts at the same time. */
async function notePeppers(
  pool: Pool,
  { name, schema }: Place,
  peppers: Peppers,
  meta: FoundSchema['meta'],
): Promise<void> {
  const unnoted = unnotedPeppers(name, pepperNotes(meta), peppers);
  if (unnoted.length === 0) return;
  for (const note of unnoted)
    await pool.query(`INSERT INTO "${schema}".meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`, [
      note.name,
      note.value,
    ]);
  unnotedPeppers(name, pepperNotes(await readMeta(pool.query, schema)), peppers);
}

interface OpenedOptions extends Omit<PostgresStoreOptions, 'peppers'> {
  readonly peppers: Peppers;
  readonly databaseId: string;
}

function storeOver(pool: Pool, rows: Rows, options: OpenedOptions): Store {
  const { peppers, random, keyEnvironment, databaseId, onReplaced = () => undefined } = options;
  return {
    ...callbacksOver(pool, rows, { peppers, random, keyEnvironment, databaseId, onReplaced }),
    memberOf: (subject) => memberOf(pool, rows, subject),
    ...apiKeysOver(pool, rows, peppers),
    ...pagesOver(pool, rows),
    seed: seedingOver(pool, rows),
    sweep: (now, signal) => sweep(pool, rows, now, signal),
    ready: () => ready(pool, rows, databaseId),
    close: pool.close,
  };
}

async function memberOf(pool: Pool, { members, workspaces }: Rows, subject: string): ReturnType<Store['memberOf']> {
  const text = `SELECT ${members.columns('member_')}, ${workspaces.columns('workspace_')}
    FROM ${members.from} JOIN ${workspaces.from} ON w.id = m.workspace_id WHERE m.workos_user_id = $1`;
  const [row] = await patiently(({ within }) => pool.query({ name: 'member_of', text }, [findable(subject)], within()));
  return row && { member: members.read(row, 'member_'), workspace: workspaces.read(row, 'workspace_') };
}

/** API keys as their holders use them. */
function apiKeysOver(pool: Pool, { keys, workspaces }: Rows, peppers: Peppers): Pick<Store, 'authenticateKey'> {
  const find = {
    name: 'key_find',
    text: `SELECT ${keys.columns('key_')}, ${workspaces.columns('workspace_')}
      FROM ${keys.from} JOIN ${workspaces.from} ON w.id = k.workspace_id WHERE k.public_id = $1`,
  };
  const use = { name: 'key_use', text: `UPDATE ${keys.name} SET last_used_at = $1::timestamptz WHERE id = $2` };
  return {
    async authenticateKey({ publicId, secret }, now) {
      const [row] = await patiently(({ within }) => pool.query(find, [findable(publicId)], within()));
      if (row === undefined) return undefined;
      const key = keys.read(row, 'key_');
      if (key.revoked_at !== null) return undefined;
      if (!secretMatches(pepperOf(peppers, key.pepper_kid), secret, key.secret_hmac)) return undefined;
      const last_used_at = isoTime(now);
      await patiently(({ within }) => pool.query(use, [last_used_at, key.id], within()));
      return { key: { ...key, last_used_at }, workspace: workspaces.read(row, 'workspace_') };
    },
  };
}

/** Milliseconds: who asks has others to ask. */
const READY_WITHIN_MS = 1000;

async function ready(pool: Pool, { dialect }: Rows, databaseId: string): Promise<void> {
  try {
    const text = `SELECT value FROM ${dialect.table('meta')} WHERE name = 'database_id'`;
    const [row] = await pool.query({ name: 'ready', text }, [], READY_WITHIN_MS);
    if (row?.value !== databaseId)
      throw refusal('database_replaced', { expected: databaseId, received: String(row?.value ?? 'none') });
  } catch (error) {
    throw asOutage(error);
  }
}

/** Expired records dropped in one statement. */
const SWEEP_BATCH = 500;
/** Milliseconds between two, so that callbacks go on. */
const SWEEP_PAUSE_MS = 50;

/** Records that another sweep has in hand are left to it. */
async function sweep(pool: Pool, { records }: Rows, now: number, signal?: AbortSignal): Promise<number> {
  const key = 'idempotency_key, subject, issuer';
  const text = `DELETE FROM ${records.name} WHERE (${key}) IN
    (SELECT ${key} FROM ${records.name} WHERE expires_at <= $1::timestamptz
     ORDER BY expires_at LIMIT ${SWEEP_BATCH} FOR UPDATE SKIP LOCKED) RETURNING 1`;
  const until = isoTime(now);
  for (let dropped = 0; ; await sleep(SWEEP_PAUSE_MS)) {
    const batch = await patiently(({ within }) => pool.query(text, [until], within()));
    dropped += batch.length;
    if (batch.length < SWEEP_BATCH || signal?.aborted) return dropped;
  }
}

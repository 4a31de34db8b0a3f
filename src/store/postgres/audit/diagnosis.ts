/** What is wrong with a PostgreSQL database, if anything, read without writing. */
import { Failure } from '../../../errors/failure.ts';
import { callbackLog, error, type FloodRow, IS_FLOOD_ROW, ok, type StoreDiagnosis, warning } from '../../diagnosis.ts';
import { foreignPeppers, pepperNotes } from '../../pepper-notes.ts';
import type { Peppers } from '../../peppers.ts';
import { asFailure } from '../errors.ts';
import { type FoundSchema, findSchema, type Place } from '../migrate.ts';
import type { Pool, Query, Row } from '../pool.ts';
import { STEPS } from '../schema.ts';
import { instant } from '../values.ts';

interface Looked {
  readonly pool: Pool;
  readonly place: Place;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** See `ReadStore.diagnose`. The users of the local WorkOS are in a SQLite file, which has its own findings. */
export async function diagnose(
  { pool, place, now }: Looked,
  peppers: Peppers | 'refused' | undefined,
): Promise<readonly StoreDiagnosis[]> {
  try {
    const found = await findSchema(pool.query, place);
    if (found.version === 0)
      return [
        warning(
          'database',
          `there are no tables of agent-paste in the schema ${place.schema} of ${place.name}`,
          'The first `agent-paste serve` makes them.',
        ),
      ];
    return [
      ok('database', place.name),
      await integrity(pool.query, place),
      schema(found),
      peppers === 'refused' ? NOT_COMPARED : pepper(found, peppers),
      await durability(pool.query),
      await clock(pool.query, now),
      await attempts(pool.query, place),
      await signIns(pool.query, place),
    ];
  } catch (thrown) {
    const failure = asFailure(thrown, place.name);
    if (failure instanceof Failure)
      return [error('database', failure.message, failure.hint ?? 'See `agent-paste doctor --help`.')];
    throw failure;
  }
}

async function integrity(query: Query, { schema }: Place): Promise<StoreDiagnosis> {
  const [row] = await query(
    `SELECT count(*)::int AS invalid FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND NOT i.indisvalid`,
    [schema],
  );
  const invalid = Number(row?.invalid);
  return invalid === 0
    ? ok('database_integrity', 'every index is valid; `agent-paste inspect --audit` reads every row')
    : error('database_integrity', `${invalid} indexes are not valid`, `Run \`REINDEX SCHEMA "${schema}"\`.`);
}

function schema({ version }: FoundSchema): StoreDiagnosis {
  const known = STEPS.length;
  if (version === known) return ok('database_schema', `version ${version}`);
  const words = `version ${version}, and this program knows ${known}`;
  if (version < known)
    return error(
      'database_schema',
      words,
      'Run `agent-paste migrate`, or start the server as the owner of the tables.',
    );
  if (version === known + 1) return ok('database_schema', `${words}: they work together`);
  return error('database_schema', words, 'Use the newer agent-paste that made it.');
}

function pepper({ meta }: FoundSchema, peppers: Peppers | undefined): StoreDiagnosis {
  const foreign = foreignPeppers(pepperNotes(meta), peppers).map(({ kid }) => kid);
  return foreign.length === 0
    ? ok('database_pepper', 'the database and the pepper file belong together')
    : error(
        'database_pepper',
        `pepper ${foreign.join(', ')} of the database is missing or another`,
        'Restore the pepper file that belongs to this database.',
      );
}

const NOT_COMPARED = warning(
  'database_pepper',
  'not compared with the pepper file',
  'See the finding about the pepper file.',
);

/** What an acknowledged sign-in survives. */
async function durability(query: Query): Promise<StoreDiagnosis> {
  const [row] = await query(
    `SELECT current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_page_writes,
       current_setting('synchronous_commit') AS synchronous_commit,
       current_setting('synchronous_standby_names') AS standby_names,
       (SELECT count(*)::int FROM pg_catalog.pg_stat_replication) AS standbys`,
  );
  const { fsync, full_page_writes, standby_names, standbys } = row ?? {};
  if (fsync !== 'on' || full_page_writes !== 'on')
    return error(
      'database_durability',
      `fsync is ${fsync}, full_page_writes is ${full_page_writes}: a power cut loses answered sign-ins`,
      'Turn both on in postgresql.conf.',
    );
  if (standby_names === '' && Number(standbys) > 0)
    return warning(
      'database_durability',
      `${standbys} ${standbys === 1 ? 'standby follows' : 'standbys follow'} without being waited for: a failover may lose answered sign-ins`,
      'Set synchronous_standby_names, or accept that such a user may get a second secret.',
    );
  return ok(
    'database_durability',
    standby_names === '' ? 'synced to disk; no standby' : `synced to disk, and confirmed by ${standby_names}`,
  );
}

const MOST_APART_MS = 5000;

/** Servers on several hosts judge the expiry of tokens and records, each by its own clock. */
async function clock(query: Query, now: () => number): Promise<StoreDiagnosis> {
  const before = now();
  const [row] = await query('SELECT extract(epoch FROM clock_timestamp())::double precision * 1000 AS theirs');
  const ours = (before + now()) / 2;
  const apart = Math.round(Number(row?.theirs) - ours);
  const words = `${(Math.abs(apart) / 1000).toFixed(1)} s ${apart > 0 ? 'behind' : 'ahead of'} the clock of the database`;
  return Math.abs(apart) <= MOST_APART_MS
    ? ok('database_clock', 'within 5 s of the clock of the database')
    : warning('database_clock', `this machine is ${words}`, 'Set the clocks of both machines by NTP.');
}

async function attempts(query: Query, { schema, name }: Place): Promise<StoreDiagnosis> {
  const rows = await query(
    `SELECT ${instant('at')} AS at, received FROM "${schema}".callback_attempts WHERE ${IS_FLOOD_ROW}`,
  );
  return callbackLog(`callback_attempts of ${name}`, rows as readonly Row[] as readonly FloodRow[]);
}

/** Users of this many first sign-ins are looked for, beginning with the last. */
const REMEMBERED = 1000;

/** Sign-ins that the log of attempts knows of and the database does not: a failover lost them, or a backup was restored. */
async function signIns(query: Query, { schema }: Place): Promise<StoreDiagnosis> {
  const [row] = await query(
    `SELECT count(DISTINCT a.subject)::int AS lost FROM
       (SELECT subject FROM "${schema}".callback_attempts WHERE outcome = 'provisioned' ORDER BY id DESC LIMIT ${REMEMBERED}) a
     WHERE NOT EXISTS (SELECT 1 FROM "${schema}".workspace_members m WHERE m.workos_user_id = a.subject)`,
  );
  const lost = Number(row?.lost);
  if (lost === 0) return ok('sign_ins', 'every user who signed in is in the database');
  return warning(
    'sign_ins',
    `${lost} of the users who signed in ${lost === 1 ? 'is' : 'are'} not in the database`,
    'A failover lost them, or they were deleted: they sign in as new users.',
  );
}

/** A fault on demand, and everything that the tables hold. */
import type { FailingKey, Probe } from '../probe.ts';
import { asFailure } from './errors.ts';
import { openPool, type Pool } from './pool.ts';
import type { PostgresPlace } from './store.ts';

const TABLES = [
  'meta',
  'workspaces',
  'workspace_members',
  'api_keys',
  'operation_events',
  'callback_records',
  'artifacts',
  'callback_attempts',
];

export function probeOf(place: PostgresPlace): Probe {
  const { url } = place;
  const schema = `"${url.schema}"`;
  return {
    remove: () =>
      once(place, async ({ query }) => {
        await query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
      }),
    failKeysOf: (email) => once(place, (pool) => failKeysOf(email, schema, pool, place)),
    async *contents() {
      for (const table of TABLES) {
        const rows = await once(place, ({ query }) => query(`SELECT t::text AS row FROM ${schema}.${table} t`));
        yield { name: table, bytes: Buffer.from(rows.map(({ row }) => String(row)).join('\n')) };
      }
    },
  };
}

/** The database refuses one row, in the middle of a statement: foreign keys are judged at its end, and so is this. */
async function failKeysOf(email: string, schema: string, pool: Pool, place: PostgresPlace): Promise<FailingKey> {
  const literal = `'${email.replaceAll("'", "''")}'`; // a trigger takes no parameters
  await pool.query(
    `CREATE FUNCTION ${schema}.fail_keys() RETURNS trigger LANGUAGE plpgsql AS $fail$ BEGIN
       IF (SELECT contact_email FROM ${schema}.workspaces WHERE id = NEW.workspace_id) = ${literal}
       THEN RAISE EXCEPTION 'the key cannot be written'; END IF;
       RETURN NULL;
     END $fail$`,
  );
  await pool.query(
    `CREATE TRIGGER fail_keys AFTER INSERT ON ${schema}.api_keys FOR EACH ROW EXECUTE FUNCTION ${schema}.fail_keys()`,
  );
  return {
    remove: () => once(place, async ({ query }) => void (await query(`DROP FUNCTION ${schema}.fail_keys() CASCADE`))),
  };
}

async function once<T>({ url, name }: PostgresPlace, work: (pool: Pool) => Promise<T>): Promise<T> {
  const pool = openPool(url, { size: 1 });
  try {
    return await work(pool);
  } catch (error) {
    throw asFailure(error, name);
  } finally {
    await pool.close();
  }
}

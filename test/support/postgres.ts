/** A PostgreSQL server for tests: that of AGENT_PASTE_TEST_POSTGRES_URL, else one at the usual port of this machine. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { POSTGRES_URL } from './stored.ts';

const { AGENT_PASTE_TEST_POSTGRES_URL: NAMED, CI } = process.env;

async function reach(): Promise<string | undefined> {
  const client = new pg.Client({ connectionString: POSTGRES_URL, connectionTimeoutMillis: 5000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return undefined;
  } catch (error) {
    return error instanceof AggregateError ? error.errors.map(String).join(', ') : String(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

const problem = await reach();

/** Elsewhere than in CI, tests go on without a server, and say so in their name. */
export const HAS_POSTGRES = problem === undefined;
if (!HAS_POSTGRES && (NAMED !== undefined || (CI !== undefined && CI !== '')))
  throw new Error(`no PostgreSQL for the tests: ${problem}; start one, or set AGENT_PASTE_TEST_POSTGRES_URL`);

export interface TestSchema extends AsyncDisposable {
  /** For `--db`. */
  readonly url: string;
  readonly schema: string;
  /** Any statement, tables without their schema. */
  query(sql: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
}

/** A schema of its own, made by who uses it, dropped with everything in it at the end. */
export function testSchema(base = POSTGRES_URL): TestSchema {
  const schema = `test_${randomBytes(6).toString('hex')}`;
  const url = new URL(base);
  url.searchParams.set('schema', schema);
  let client: Promise<pg.Client> | undefined;
  const connected = async () => {
    const made = new pg.Client({ connectionString: base });
    made.on('error', () => {
      client = undefined;
    });
    await made.connect();
    await made.query(`SET search_path = ${schema}`);
    return made;
  };
  return {
    url: url.href,
    schema,
    async query(sql, values = []) {
      client ??= connected();
      return (await (await client).query(sql, [...values])).rows;
    },
    async [Symbol.asyncDispose]() {
      if (!HAS_POSTGRES) return;
      client ??= connected();
      const open = await client;
      await open.query(`SET client_min_messages = error; DROP SCHEMA IF EXISTS ${schema} CASCADE`);
      await open.end();
    },
  };
}

async function asOwner(...statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: POSTGRES_URL });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
}

/** A database of its own. @param options of CREATE DATABASE */
export async function databaseNamed(options: string): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await asOwner(`CREATE DATABASE ${name} ${options}`);
  const url = new URL(POSTGRES_URL);
  url.pathname = `/${name}`;
  return { url: url.href, [Symbol.asyncDispose]: () => asOwner(`DROP DATABASE ${name} WITH (FORCE)`) };
}

/**
 * A user without rights, or with all of them in one schema.
 * @param setting what is set for the user, such as `datestyle = German`
 */
export async function roleWith(setting?: string, schema?: string): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await asOwner(
    `CREATE ROLE ${name} LOGIN`,
    ...(schema === undefined
      ? []
      : [
          `GRANT ALL ON SCHEMA ${schema} TO ${name}`,
          `GRANT ALL ON ALL TABLES IN SCHEMA ${schema} TO ${name}`,
          `GRANT ALL ON ALL SEQUENCES IN SCHEMA ${schema} TO ${name}`,
        ]),
    ...(setting === undefined ? [] : [`ALTER ROLE ${name} SET ${setting}`]),
  );
  const url = new URL(POSTGRES_URL);
  url.username = name;
  if (schema !== undefined) url.searchParams.set('schema', schema);
  return { url: url.href, [Symbol.asyncDispose]: () => asOwner(`DROP OWNED BY ${name}`, `DROP ROLE ${name}`) };
}

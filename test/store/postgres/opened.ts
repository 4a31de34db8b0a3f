/** A store over a server that a test stops, fills and breaks. */
import { join } from 'node:path';
import pg from 'pg';
import { systemRandom } from '../../../src/machine/random.ts';
import { openStore } from '../../../src/store/open.ts';
import type { Store } from '../../../src/store/store.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import type { PostgresServer } from '../../support/postgres-server.ts';
import { callbackOf } from '../../support/store.ts';

export interface Opened extends AsyncDisposable {
  readonly store: Store;
  /** The address, and the file of the peppers that it was made with. */
  readonly database: string;
  readonly peppers: string;
  readonly schema: string;
  readonly replaced: () => boolean;
  /** Any statement, by the owner, tables without their schema. */
  sql(text: string): Promise<Record<string, unknown>[]>;
}

let schemas = 0;

interface OpenedAs {
  /** Of a proxy, instead of the server. */
  readonly port?: number | undefined;
  readonly user?: string;
  readonly name?: string;
}

/** A store over a schema of its own. */
export async function openedOn(
  server: PostgresServer,
  { port = server.port, user = 'postgres', name = 'postgres' }: OpenedAs = {},
): Promise<Opened> {
  const directory = temporaryDirectory();
  const schema = `test_${++schemas}`;
  const database = `postgres://${user}@127.0.0.1:${port}/${name}?schema=${schema}`;
  const peppers = join(directory.path, 'peppers.json');
  let replaced = false;
  const onReplaced = () => {
    replaced = true;
  };
  const options = { database, peppers, random: systemRandom(), keyEnvironment: 'preview', onReplaced } as const;
  const { store } = await openStore(options);
  return {
    store,
    schema,
    database,
    peppers,
    replaced: () => replaced,
    async sql(text) {
      const client = new pg.Client({ connectionString: server.url.replace(/postgres$/, name) });
      client.on('error', () => undefined);
      await client.connect();
      try {
        await client.query(`SET search_path = ${schema}`);
        const result = await client.query(text);
        return [result].flat().at(-1)?.rows ?? [];
      } finally {
        await client.end();
      }
    },
    async [Symbol.asyncDispose]() {
      await store.close();
      directory[Symbol.dispose]();
    },
  };
}

/** The outcome of a callback, or the reason why there is none; an error without a reason as it is. */
export const reasonOf = (work: ReturnType<Store['resolveMember']>): Promise<unknown> =>
  work.then(
    ({ outcome }) => outcome,
    (error) => error.reason ?? error,
  );
export const userCallback = (n: number) => callbackOf({ subject: `user_${n}`, idempotencyKey: `workos-jti:${n}` });

/** How many members there are, and how many have not everything. */
export function halves(state: Opened): Promise<Record<string, unknown>[]> {
  return state.sql(
    `SELECT count(*)::int AS members, count(*) FILTER (WHERE
       (SELECT count(*) FROM api_keys k WHERE k.workspace_id = m.workspace_id) <> 1
       OR (SELECT count(*) FROM operation_events e WHERE e.workspace_id = m.workspace_id) <> 2
       OR NOT EXISTS (SELECT 1 FROM callback_records r WHERE r.member_id = m.id))::int AS halves FROM workspace_members m`,
  );
}

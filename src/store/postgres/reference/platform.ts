/** Reading as the platform: row-level security is forced on the tables of the API, and without this hides every row. */
import { type Pool, type Query, snapshot } from '../pool.ts';

/** Until the end of the transaction. */
export const AS_PLATFORM = "SELECT set_config('app.platform', 'on', true)";

/** Runs reads on one state of the database, in a transaction that cannot write. */
export function platformSnapshot<T>(pool: Pool, read: (query: Query) => Promise<T>): Promise<T> {
  return snapshot(pool, async (query) => {
    await query(AS_PLATFORM);
    return read(query);
  });
}

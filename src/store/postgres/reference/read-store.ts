/** The read side over the database of the API itself. It never writes, and never takes a stored answer out of the database. */
import { Failure } from '../../../errors/failure.ts';
import type { ItemOf, ListName, ListQuery, ReadStore, Reads } from '../../read-store.ts';
import type { Page } from '../../store.ts';
import { dialectOf } from '../dialect.ts';
import { asFailure } from '../errors.ts';
import { openPool, type Query } from '../pool.ts';
import type { PostgresPlace } from '../store.ts';
import { auditReference } from './audit.ts';
import { type FoundTables, findTables } from './found.ts';
import { namesAround, namesBeginning, readPage } from './page.ts';
import { platformSnapshot } from './platform.ts';
import { definitionsIn, type ReferenceDefinition, type ReferenceList } from './tables.ts';

/** A page, and what reads together. */
const POOL_SIZE = 2;

/** @param onWarning told where row-level security may hide what was asked for */
export function openReferenceReads({ url, name }: PostgresPlace, onWarning: (message: string) => void): ReadStore {
  const pool = openPool(url, { size: POOL_SIZE });
  const place = { name, schema: url.schema };
  const dialect = dialectOf(url.schema);
  let looking: Promise<FoundTables> | undefined;
  const found = () => {
    looking ??= findTables(pool.query, place);
    return looking;
  };

  const saying = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      await found();
      return await work();
    } catch (error) {
      throw asFailure(error, name);
    }
  };

  const warned = new Set<string>();
  const warnOfGuard = ({ table, guarded }: { table: string; guarded: boolean }, user = url.user ?? 'this user') => {
    if (!guarded || warned.has(table)) return;
    warned.add(table);
    onWarning(
      `row-level security is in force on ${table}: if it should have rows, no policy lets ${user} see them with app.platform = on`,
    );
  };

  const readsOver = (run: <T>(read: (query: Query) => Promise<T>) => Promise<T>): Reads => ({
    list<K extends ListName>(list: K, asked: ListQuery<K>): Promise<Page<ItemOf<K>>> {
      return saying(async () => {
        const { readsAnswers, guarded } = await found();
        const definitions = definitionsIn(url.schema, readsAnswers);
        if (!Object.hasOwn(definitions, list)) throw notThere(list);
        const definition = definitions[list as ReferenceList] as unknown as ReferenceDefinition<K & ReferenceList>;
        const page = await run((query) => readPage(query, dialect, list as K & ReferenceList, definition, asked));
        const { where = {}, cursor, since, until } = asked;
        const isWhole = Object.keys(where).length === 0 && [cursor, since, until].every((each) => each === undefined);
        if (isWhole && page.items.length === 0)
          warnOfGuard({ table: definition.table, guarded: guarded.has(definition.table) });
        return page;
      });
    },
    namesBeginning: (kind, text, limit) =>
      saying(() => run((query) => namesBeginning(query, dialect, kind, text, limit))),
    namesAround: (kind, text, limit) => saying(() => run((query) => namesAround(query, dialect, kind, text, limit))),
    details: async () => new Map(),
    has: async (part) => part === 'database' && saying(async () => true),
  });

  return {
    ...readsOver((read) => platformSnapshot(pool, read)),
    together: (read) => saying(() => platformSnapshot(pool, (query) => read(readsOver((one) => one(query))))),
    follow: (list) => {
      throw notThere(list);
    },
    async *audit() {
      await saying(async () => undefined);
      yield* auditReference(pool, place);
    },
    diagnose: async () => [],
    [Symbol.asyncDispose]: () => pool.close(),
  };
}

function notThere(list: ListName): Failure {
  return new Failure('invalid_argument', `the database of the API has no ${list}`, 'Leave out --schema reference.');
}

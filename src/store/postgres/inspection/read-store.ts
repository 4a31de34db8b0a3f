/** The read side over a PostgreSQL database; the users of the local WorkOS stay in a file of the state directory. */
import type { Dialect } from '../../dialect.ts';
import { LISTS } from '../../lists.ts';
import { NAMES } from '../../names.ts';
import type { ItemOf, ListName, ListQuery, ReadStore, Reads } from '../../read-store.ts';
import type { Page } from '../../store.ts';
import { audit } from '../audit/audit.ts';
import { diagnose } from '../audit/diagnosis.ts';
import { dialectOf } from '../dialect.ts';
import { asFailure, sqlState } from '../errors.ts';
import { findSchema, missingSchema } from '../migrate.ts';
import { openPool, type Query, snapshot } from '../pool.ts';
import { STEPS } from '../schema.ts';
import type { PostgresPlace } from '../store.ts';
import { follow } from './follow.ts';
import { namesAround, namesBeginning } from './names.ts';
import { readPage } from './page.ts';
import type { TableList } from './positions.ts';

interface ReadOptions {
  readonly users: ReadStore;
  /** Told what a reader should know: a schema that is newer than this program. */
  readonly onWarning: (message: string) => void;
}

/** A page, what reads together, and what is followed at the same time. */
const POOL_SIZE = 3;

export function openPostgresReads({ url, name }: PostgresPlace, { users, onWarning }: ReadOptions): ReadStore {
  const pool = openPool(url, { size: POOL_SIZE });
  const place = { name, schema: url.schema };
  const newest = dialectOf(url.schema);
  let looking: Promise<number> | undefined;

  const look = async (): Promise<number> => {
    const { version } = await findSchema(pool.query, place);
    if (version > STEPS.length)
      onWarning(
        `${name} has version ${version}, and this program knows ${STEPS.length}: what is new there is not shown`,
      );
    return version;
  };

  /** 0 where there is no schema. */
  const versionFound = async (): Promise<number> => {
    looking ??= look();
    const version = await looking;
    if (version < STEPS.length) looking = undefined; // a server may make or migrate it
    return version;
  };

  const exists = async (): Promise<boolean> => (await versionFound()) > 0;

  const mustExist = async (): Promise<Dialect> => {
    const version = await versionFound();
    if (version === 0) throw missingSchema(place);
    return dialectOf(url.schema, version);
  };

  const saying = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw sqlState(error) === '42P01' ? missingSchema(place) : asFailure(error, name);
    }
  };

  const readsOver = (query: Query): Reads => ({
    list<K extends ListName>(list: K, asked: ListQuery<K>): Promise<Page<ItemOf<K>>> {
      if (LISTS[list].part === 'users') return users.list(list, asked);
      return saying(async () => {
        const dialect = await mustExist();
        const page = readPage(query, dialect, list as TableList, asked as ListQuery<TableList>);
        return (await page) as unknown as Page<ItemOf<K>>;
      });
    },
    namesBeginning: (kind, text, limit) =>
      NAMES[kind].part === 'users'
        ? users.namesBeginning(kind, text, limit)
        : saying(async () => ((await exists()) ? namesBeginning(query, newest, kind, text, limit) : [])),
    namesAround: (kind, text, limit) =>
      NAMES[kind].part === 'users'
        ? users.namesAround(kind, text, limit)
        : saying(async () => ((await exists()) ? namesAround(query, newest, kind, text, limit) : [])),
    details: async () => new Map(), // they are kept in files only
    has: (part) => (part === 'users' ? users.has(part) : saying(exists)),
  });

  return {
    ...readsOver(pool.query),
    together: (read) =>
      saying(async () => {
        await mustExist();
        return snapshot(pool, (query) => read(readsOver(query)));
      }),
    async *follow(list, asked, signal) {
      const dialect = await saying(mustExist);
      try {
        yield* follow(pool, dialect, { list, query: asked, signal });
      } catch (error) {
        throw asFailure(error, name);
      }
    },
    async *audit(peppers) {
      await saying(mustExist);
      yield* audit({ pool, place, peppers });
    },
    async diagnose(peppers, now) {
      const own = await diagnose({ pool, place, now }, peppers);
      return [...own, ...(await users.diagnose(undefined, now)).filter(({ code }) => code === 'user_directory')];
    },
    async [Symbol.asyncDispose]() {
      await pool.close();
      await users[Symbol.asyncDispose]();
    },
  };
}

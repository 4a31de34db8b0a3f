/** The rows that a test asks for. */
import { closest } from '../errors/closest.ts';
import { LISTS } from '../store/lists.ts';
import type { ListName, ReadStore } from '../store/read-store.ts';
import { OBJECT, refuseOptions, WHOLE_NUMBER, wrong } from './options.ts';

interface Asked {
  readonly where?: Readonly<Record<string, unknown>>;
  readonly limit?: number;
}

const DEFAULT_LIMIT = 100;
const PAGE = 1000;

/** The newest rows with these values. @throws TypeError for a field that no row has */
export async function rowsWhere(store: ReadStore, list: ListName, asked: Asked): Promise<readonly unknown[]> {
  refuseOptions('inspect', asked, { where: OBJECT, limit: WHOLE_NUMBER });
  const { where = {}, limit = DEFAULT_LIMIT } = asked;
  const fields = Object.keys(LISTS[list].fields);
  for (const name of Object.keys(where))
    if (!fields.includes(name))
      throw wrong(`inspect: ${list} have no field ${JSON.stringify(name)}${closest(name, fields)}`);
  const found: unknown[] = [];
  let cursor: string | undefined;
  do {
    const { items, nextCursor } = await store.list(list, { limit: PAGE, cursor });
    found.push(...items.filter((item) => has(item, where)));
    cursor = nextCursor ?? undefined;
  } while (cursor !== undefined && found.length < limit);
  return found.slice(0, limit);
}

function has(item: object, where: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(where).every(
    ([name, value]) => value === undefined || (item as Record<string, unknown>)[name] === value,
  );
}

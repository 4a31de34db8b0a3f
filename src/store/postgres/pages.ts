/** Lists of a workspace, a page at a time, each read through an index. */
import type { ArtifactRow } from '../../callback/workspace/records.ts';
import { readCursor, writeCursor } from '../cursor.ts';
import type { Page, PageRequest, Store } from '../store.ts';
import { patiently } from './patience.ts';
import type { Pool } from './pool.ts';
import type { Rows } from './rows.ts';
import type { TableStatements } from './table.ts';

export function pagesOver(pool: Pool, rows: Rows): Pick<Store, 'keys' | 'events' | 'artifacts' | 'artifact'> {
  const { artifacts } = rows;
  return {
    keys: newestFirst(pool, 'keys', rows.keys, 'k'),
    events: newestFirst(pool, 'events', rows.events, 'e'),
    artifacts: lastPublishedFirst(pool, artifacts),
    async artifact(workspaceId, id) {
      const text = `SELECT ${artifacts.columns()} FROM ${artifacts.from} WHERE a.workspace_id = $1 AND a.id = $2`;
      const [row] = await patiently(({ within }) =>
        pool.query({ name: 'artifact', text }, [workspaceId, id].map(findable), within()),
      );
      return row && artifacts.read(row);
    },
  };
}

type ReadPage<T> = (workspaceId: string, page: PageRequest) => Promise<Page<T>>;

/** Of a path, which may have anything in it: a text that PostgreSQL cannot hold is no id of a row. */
export function findable(id: string): string {
  return id.includes('\0') ? '' : id;
}

/** @param kind says of a cursor which list it belongs to */
function newestFirst<T>(
  pool: Pool,
  kind: string,
  { columns, from, read }: TableStatements<T>,
  alias: string,
): ReadPage<T> {
  const text = `SELECT ${alias}.seq AS seq, ${columns()} FROM ${from}
    WHERE ${alias}.workspace_id = $1 AND ${alias}.seq < $2::bigint ORDER BY ${alias}.seq DESC LIMIT $3::int`;
  return async (workspaceId, { limit, cursor }) => {
    const before = cursor === undefined ? Number.MAX_SAFE_INTEGER : readCursor(kind, cursor, isSeq);
    const rows = await patiently(({ within }) =>
      pool.query({ name: `page_${kind}`, text }, [findable(workspaceId), before, limit + 1], within()),
    );
    return {
      items: rows.slice(0, limit).map((row) => read(row)),
      nextCursor: rows.length > limit ? writeCursor(kind, rows[limit - 1]?.seq) : null,
    };
  };
}

function lastPublishedFirst(pool: Pool, { columns, from, read }: TableStatements<ArtifactRow>): ReadPage<ArtifactRow> {
  const text = `SELECT ${columns()} FROM ${from}
    WHERE a.workspace_id = $1 AND (a.last_published_at, a.id) < ($2::timestamptz, $3::text)
    ORDER BY a.last_published_at DESC, a.id DESC LIMIT $4::int`;
  return async (workspaceId, { limit, cursor }) => {
    const position = cursor === undefined ? AFTER_ALL : readCursor('artifacts', cursor, isInstantAndId);
    const rows = await patiently(({ within }) =>
      pool.query({ name: 'page_artifacts', text }, [findable(workspaceId), ...position, limit + 1], within()),
    );
    const items = rows.slice(0, limit).map((row) => read(row));
    const last = items.at(-1) as ArtifactRow; // needed only where there are more
    return {
      items,
      nextCursor: rows.length > limit ? writeCursor('artifacts', [last.last_published_at, last.id]) : null,
    };
  };
}

/** Later than any instant that the table holds. */
const AFTER_ALL = ['infinity', ''] as const;

function isSeq(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function isInstantAndId(value: unknown): value is [string, string] {
  return (
    Array.isArray(value) &&
    value.length === 2 &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(String(value[0])) &&
    !Number.isNaN(Date.parse(String(value[0]))) &&
    /^art_\w{26}$/.test(String(value[1])) &&
    value.every((part) => typeof part === 'string')
  );
}

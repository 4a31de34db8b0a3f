/** Lists of a workspace, page by page, each read through an index. */
import type { DatabaseSync } from 'node:sqlite';
import type { ApiKeyRow, ArtifactRow, EventRow } from '../../callback/workspace/records.ts';
import { readCursor, writeCursor } from '../cursor.ts';
import type { Page, PageRequest } from '../store.ts';
import { one, type Row } from './file/statements.ts';
import { API_KEYS, ARTIFACTS, EVENTS } from './rows.ts';
import type { TableStatements } from './table.ts';

export interface Pages {
  keys(workspaceId: string, page: PageRequest): Page<ApiKeyRow>;
  events(workspaceId: string, page: PageRequest): Page<EventRow>;
  artifacts(workspaceId: string, page: PageRequest): Page<ArtifactRow>;
  artifact(workspaceId: string, id: string): ArtifactRow | undefined;
}

export function preparePages(db: DatabaseSync): Pages {
  const artifact = db.prepare(
    `SELECT ${ARTIFACTS.columns} FROM ${ARTIFACTS.from} WHERE a.workspace_id = ? AND a.id = ?`,
  );
  return {
    keys: newestFirst(db, 'keys', API_KEYS, 'k'),
    events: newestFirst(db, 'events', EVENTS, 'e'),
    artifacts: lastPublishedFirst(db),
    artifact(workspaceId, id) {
      const row = one<Row>(artifact, workspaceId, id);
      return row && ARTIFACTS.read(row);
    },
  };
}

type ReadPage<T> = (workspaceId: string, page: PageRequest) => Page<T>;

/** The position after all rows, where the first page begins. */
const LAST_ROWID = Number.MAX_SAFE_INTEGER;

/** @param kind the list that a cursor belongs to */
function newestFirst<T>(
  db: DatabaseSync,
  kind: string,
  { columns, from, read }: TableStatements<T>,
  alias: string,
): ReadPage<T> {
  const select = db.prepare(
    `SELECT ${alias}.rowid AS seq, ${columns} FROM ${from}
     WHERE ${alias}.workspace_id = ? AND ${alias}.rowid < ? ORDER BY ${alias}.rowid DESC LIMIT ?`,
  );
  return (workspaceId, { limit, cursor }) => {
    const before = cursor === undefined ? LAST_ROWID : readCursor(kind, cursor, isRowid);
    const rows = select.all(workspaceId, before, limit + 1);
    return {
      items: rows.slice(0, limit).map(({ seq: _, ...row }) => read(row)),
      nextCursor: rows.length > limit ? writeCursor(kind, rows[limit - 1]?.seq) : null,
    };
  };
}

function lastPublishedFirst(db: DatabaseSync): ReadPage<ArtifactRow> {
  const select = db.prepare(
    `SELECT ${ARTIFACTS.columns} FROM ${ARTIFACTS.from} WHERE a.workspace_id = ? AND (a.last_published_at, a.id) < (?, ?)
     ORDER BY a.last_published_at DESC, a.id DESC LIMIT ?`,
  );
  return (workspaceId, { limit, cursor }) => {
    // Later than any time and id in the table.
    const [publishedAt, id] =
      cursor === undefined ? ['\u{10ffff}', ''] : readCursor('artifacts', cursor, isInstantAndId);
    const rows = select.all(workspaceId, publishedAt, id, limit + 1);
    const items = rows.slice(0, limit).map(ARTIFACTS.read);
    const last = items.at(-1) as ArtifactRow; // used only if there are more
    return {
      items,
      nextCursor: rows.length > limit ? writeCursor('artifacts', [last.last_published_at, last.id]) : null,
    };
  };
}

function isRowid(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function isInstantAndId(value: unknown): value is [string, string] {
  return Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'string');
}

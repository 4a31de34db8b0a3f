/** Lists of a workspace, a page at a time, each read through an index. */
import type { DatabaseSync } from 'node:sqlite';
import type { ApiKeyRow, ArtifactRow, EventRow } from '../workspace/records.ts';
import { readCursor, writeCursor } from './cursor.ts';
import {
  ARTIFACT_COLUMNS,
  apiKey,
  artifact,
  EVENT_COLUMNS,
  event,
  KEY_COLUMNS,
  type StoredArtifact,
  type StoredEvent,
  type StoredKey,
} from './rows.ts';
import type { Page, PageRequest } from './store.ts';

export interface Pages {
  keys(workspaceId: string, page: PageRequest): Page<ApiKeyRow>;
  events(workspaceId: string, page: PageRequest): Page<EventRow>;
  artifacts(workspaceId: string, page: PageRequest): Page<ArtifactRow>;
}

/** After everything there is: where a first page begins. */
const LAST_ROWID = Number.MAX_SAFE_INTEGER;

export function preparePages(db: DatabaseSync): Pages {
  const keys = db.prepare(
    `SELECT k.rowid AS seq, ${KEY_COLUMNS} FROM api_keys k WHERE k.workspace_id = ? AND k.rowid < ? ORDER BY k.rowid DESC LIMIT ?`,
  );
  const events = db.prepare(
    `SELECT e.rowid AS seq, ${EVENT_COLUMNS} FROM operation_events e WHERE e.workspace_id = ? AND e.rowid < ? ORDER BY e.rowid DESC LIMIT ?`,
  );
  const artifacts = db.prepare(
    `SELECT ${ARTIFACT_COLUMNS} FROM artifacts a WHERE a.workspace_id = ? AND (a.last_published_at, a.id) < (?, ?)
     ORDER BY a.last_published_at DESC, a.id DESC LIMIT ?`,
  );

  const newestFirst = <S extends { seq: number }, T>(
    kind: string,
    { limit, cursor }: PageRequest,
    read: (before: number, limit: number) => unknown,
    map: (row: Omit<S, 'seq'>) => T,
  ): Page<T> => {
    const before = cursor === undefined ? LAST_ROWID : readCursor(kind, cursor, isRowid);
    const rows = read(before, limit + 1) as S[];
    const items = rows.slice(0, limit).map(({ seq: _, ...row }) => map(row));
    return { items, nextCursor: rows.length > limit ? writeCursor(kind, (rows[limit - 1] as S).seq) : null };
  };

  return {
    keys: (workspaceId, page) =>
      newestFirst<StoredKey & { seq: number }, ApiKeyRow>(
        'keys',
        page,
        (before, limit) => keys.all(workspaceId, before, limit),
        (row) => apiKey(row as StoredKey),
      ),
    events: (workspaceId, page) =>
      newestFirst<StoredEvent & { seq: number }, EventRow>(
        'events',
        page,
        (before, limit) => events.all(workspaceId, before, limit),
        (row) => event(row as StoredEvent),
      ),
    artifacts(workspaceId, { limit, cursor }) {
      // Later than any instant and id that the table can hold.
      const [publishedAt, id] =
        cursor === undefined ? ['\u{10ffff}', ''] : readCursor('artifacts', cursor, isInstantAndId);
      const rows = artifacts.all(workspaceId, publishedAt, id, limit + 1) as unknown as StoredArtifact[];
      const items = rows.slice(0, limit).map(artifact);
      const last = items.at(-1) as ArtifactRow; // needed only where there are more
      return {
        items,
        nextCursor: rows.length > limit ? writeCursor('artifacts', [last.last_published_at, last.id]) : null,
      };
    },
  };
}

function isRowid(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function isInstantAndId(value: unknown): value is [string, string] {
  return Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'string');
}

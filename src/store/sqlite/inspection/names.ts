/** Names in a SQLite file. */
import type { DatabaseSync } from 'node:sqlite';
import { afterPrefix, nameSql } from '../../names.ts';
import type { NameKind, Shortened } from '../../read-store.ts';
import { SQLITE } from '../dialect.ts';

/** Names with this beginning and end, in order. Without an end, an exact match comes first. */
export function namesBeginning(
  db: DatabaseSync,
  kind: NameKind,
  { beginning, end }: Shortened,
  limit: number,
): string[] {
  return namesOf(db, nameSql(kind, SQLITE).beginning, [beginning, afterPrefix(beginning), end, limit]);
}

/** Names next to it in order, on both sides. */
export function namesAround(db: DatabaseSync, kind: NameKind, text: string, limit: number): string[] {
  const { before, after } = nameSql(kind, SQLITE);
  return [...namesOf(db, before, [text, limit]), ...namesOf(db, after, [text, limit])];
}

function namesOf(db: DatabaseSync, sql: string, parameters: (string | number)[]): string[] {
  return db
    .prepare(sql)
    .all(...parameters)
    .map((row) => String(row.name));
}

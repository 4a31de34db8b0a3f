/** Adds a workspace with all its rows. The statements are prepared once for a connection. */
import type { DatabaseSync } from 'node:sqlite';
import type { ApiKeyRow, ArtifactRow, EventRow, MemberRow, WorkspaceRow } from '../../callback/workspace/records.ts';
import { API_KEYS, ARTIFACTS, EVENTS, MEMBERS, WORKSPACES } from './rows.ts';
import type { TableStatements } from './table.ts';

/** All rows of a workspace. */
interface WorkspaceRows {
  readonly workspace: WorkspaceRow;
  readonly member: MemberRow;
  readonly key: ApiKeyRow | null;
  readonly events: readonly EventRow[];
  readonly artifacts?: readonly ArtifactRow[];
}

export type AddWorkspace = (rows: WorkspaceRows) => void;

export function prepareAddWorkspace(db: DatabaseSync): AddWorkspace {
  const addWorkspace = insertInto(db, WORKSPACES);
  const addMember = insertInto(db, MEMBERS);
  const addKey = insertInto(db, API_KEYS);
  const addEvent = insertInto(db, EVENTS);
  const addArtifact = insertInto(db, ARTIFACTS);
  return ({ workspace, member, key, events, artifacts = [] }) => {
    addWorkspace(workspace);
    addMember(member);
    if (key) addKey(key);
    for (const event of events) addEvent(event);
    for (const artifact of artifacts) addArtifact(artifact);
  };
}

/** @returns inserts a row, and returns its rowid */
export function insertInto<Row>(db: DatabaseSync, { insert, values }: TableStatements<Row>): (row: Row) => number {
  const statement = db.prepare(insert);
  return (row) => Number(statement.run(...values(row)).lastInsertRowid);
}

/** Statements that add a workspace with everything in it, prepared once for a connection. */
import type { DatabaseSync } from 'node:sqlite';
import type { ApiKeyRow, ArtifactRow, EventRow, MemberRow, WorkspaceRow } from '../workspace/records.ts';

export interface Inserts {
  workspace(row: WorkspaceRow): void;
  member(row: MemberRow): void;
  defaultKey(row: ApiKeyRow): void;
  event(row: EventRow): void;
  artifact(row: ArtifactRow): void;
}

export function prepareInserts(db: DatabaseSync): Inserts {
  const workspace = db.prepare('INSERT INTO workspaces (id, name, contact_email, created_at) VALUES (?, ?, ?, ?)');
  const member = db.prepare(
    'INSERT INTO workspace_members (id, workspace_id, workos_user_id, email, scopes, created_at, last_seen_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const key = db.prepare(
    `INSERT INTO api_keys (id, workspace_id, name, public_id, secret_hmac, pepper_kid, scopes, is_default, revoked_at, created_at, last_used_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?)`,
  );
  const event = db.prepare(
    `INSERT INTO operation_events (id, workspace_id, actor_type, actor_id, action, target_type, target_id, details, request_id, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const artifact = db.prepare(
    `INSERT INTO artifacts (id, workspace_id, title, status, latest_revision_id, pinned, lockdown, last_published_at, auto_delete_at, entrypoint, file_count, size_bytes)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  return {
    workspace: (row) => void workspace.run(row.id, row.name, row.contact_email, row.created_at),
    member: (row) =>
      void member.run(
        row.id,
        row.workspace_id,
        row.workos_user_id,
        row.email,
        JSON.stringify(row.scopes),
        row.created_at,
        row.last_seen_at,
      ),
    defaultKey: (row) =>
      void key.run(
        row.id,
        row.workspace_id,
        row.name,
        row.public_id,
        row.secret_hmac,
        row.pepper_kid,
        JSON.stringify(row.scopes),
        row.revoked_at,
        row.created_at,
        row.last_used_at,
      ),
    event: (row) =>
      void event.run(
        row.id,
        row.workspace_id,
        row.actor_type,
        row.actor_id,
        row.action,
        row.target_type,
        row.target_id,
        JSON.stringify(row.details),
        row.request_id,
        row.created_at,
      ),
    artifact: (row) =>
      void artifact.run(
        row.id,
        row.workspace_id,
        row.title,
        row.status,
        row.latest_revision_id,
        Number(row.pinned),
        Number(row.lockdown),
        row.last_published_at,
        row.auto_delete_at,
        row.entrypoint,
        row.file_count,
        row.size_bytes,
      ),
  };
}

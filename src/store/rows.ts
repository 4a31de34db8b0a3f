/** Rows as SQLite holds them, where that differs from the wire: lists and objects are JSON text, truth is 0 or 1. */
import type { ApiKeyRow, ArtifactRow, EventRow, MemberRow, WorkspaceRow } from '../workspace/records.ts';

export const WORKSPACE_COLUMNS = 'w.id, w.name, w.contact_email, w.created_at';
export const MEMBER_COLUMNS = 'm.id, m.workspace_id, m.workos_user_id, m.email, m.scopes, m.created_at, m.last_seen_at';
export const KEY_COLUMNS =
  'k.id, k.workspace_id, k.name, k.public_id, k.secret_hmac, k.pepper_kid, k.scopes, k.revoked_at, k.created_at, k.last_used_at';
export const EVENT_COLUMNS =
  'e.id, e.workspace_id, e.actor_type, e.actor_id, e.action, e.target_type, e.target_id, e.details, e.request_id, e.created_at';
export const ARTIFACT_COLUMNS =
  'a.id, a.workspace_id, a.title, a.status, a.latest_revision_id, a.pinned, a.lockdown, a.last_published_at, a.auto_delete_at, a.entrypoint, a.file_count, a.size_bytes';

export type StoredWorkspace = WorkspaceRow;
export type StoredMember = Omit<MemberRow, 'scopes'> & { readonly scopes: string };
export type StoredKey = Omit<ApiKeyRow, 'scopes'> & { readonly scopes: string };
export type StoredEvent = Omit<EventRow, 'details'> & { readonly details: string };
export type StoredArtifact = Omit<ArtifactRow, 'pinned' | 'lockdown'> & {
  readonly pinned: number;
  readonly lockdown: number;
};

export function member(row: StoredMember): MemberRow {
  return { ...row, scopes: JSON.parse(row.scopes) };
}

export function apiKey(row: StoredKey): ApiKeyRow {
  return { ...row, scopes: JSON.parse(row.scopes) };
}

export function event(row: StoredEvent): EventRow {
  return { ...row, details: JSON.parse(row.details) };
}

export function artifact(row: StoredArtifact): ArtifactRow {
  return { ...row, pinned: row.pinned === 1, lockdown: row.lockdown === 1 };
}

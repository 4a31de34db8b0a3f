/** The reads of the dashboard with an access token, and `whoami` with an API key (contract §2). */

import { apiKeySummary, memberSummary, workspaceSummary } from '../../callback/workspace/answer.ts';
import type { ApiKeyRow, ArtifactRow, EventRow } from '../../callback/workspace/records.ts';
import { ApiError } from '../../errors/api-error.ts';
import type { KeyContext, MemberContext, Page, PageRequest, Store } from '../../store/store.ts';
import { DEFAULT_PAGE_LIMIT, MAX_PAGE_LIMIT, USAGE_POLICY, WORKSPACE_SETTINGS } from '../contract/constants.ts';
import type * as schemas from '../contract/schemas.ts';
import { json, type RequestOf } from '../http/answers.ts';
import { limitParameter, queryParameter } from '../http/query.ts';

export function workspace(c: RequestOf, { workspace, member }: MemberContext): Response {
  return json(c, {
    workspace: workspaceSummary(workspace),
    workspace_member: memberSummary(member),
    usage_policy: USAGE_POLICY,
    default_key_first_run: false,
  } satisfies schemas.WebWorkspace);
}

export async function artifacts(c: RequestOf, { workspace }: MemberContext, store: Store): Promise<Response> {
  return json(
    c,
    list(await store.artifacts(workspace.id, pageRequest(c)), artifactItem) satisfies schemas.ArtifactList,
  );
}

export async function artifact(c: RequestOf, { workspace }: MemberContext, store: Store): Promise<Response> {
  const row = await store.artifact(workspace.id, c.req.param('id') ?? '');
  if (row === undefined) throw new ApiError('artifact_not_found', 'there is no such artifact in this workspace');
  const { entrypoint, file_count, size_bytes } = row;
  return json(c, { ...artifactItem(row), entrypoint, file_count, size_bytes } satisfies schemas.ArtifactDetail);
}

export async function keys(c: RequestOf, { workspace }: MemberContext, store: Store): Promise<Response> {
  const item = (row: ApiKeyRow) => ({ ...apiKeySummary(row), expires_at: null, revoked: row.revoked_at !== null });
  return json(c, list(await store.keys(workspace.id, pageRequest(c)), item) satisfies schemas.KeyList);
}

export async function audit(c: RequestOf, { workspace }: MemberContext, store: Store): Promise<Response> {
  return json(c, list(await store.events(workspace.id, pageRequest(c)), auditItem) satisfies schemas.AuditList);
}

export function settings(c: RequestOf, { workspace }: MemberContext): Response {
  return json(c, { workspace_name: workspace.name, ...WORKSPACE_SETTINGS } satisfies schemas.WorkspaceSettings);
}

export function whoami(c: RequestOf, { workspace, key }: KeyContext): Response {
  return json(c, {
    actor: { type: 'api_key', id: key.id, name: key.name },
    workspace: workspaceSummary(workspace),
    scopes: apiKeySummary(key).scopes,
    usage_policy: USAGE_POLICY,
  } satisfies schemas.Whoami);
}

function artifactItem({
  id,
  title,
  status,
  latest_revision_id,
  pinned,
  lockdown,
  last_published_at,
  auto_delete_at,
}: ArtifactRow) {
  return { id, title, status, latest_revision_id, pinned, lockdown, last_published_at, auto_delete_at };
}

function auditItem(row: EventRow) {
  const change_summary = Object.entries(row.details)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');
  return {
    id: row.id,
    time: row.created_at,
    actor: `${row.actor_type}:${row.actor_id}`,
    action: row.action,
    target: `${row.target_type}:${row.target_id}`,
    change_summary,
    request_id: row.request_id,
  };
}

function list<R, T>({ items, nextCursor }: Page<R>, item: (row: R) => T) {
  return { items: items.map(item), page_info: { next_cursor: nextCursor, has_more: nextCursor !== null } };
}

/** @throws ApiError invalid_request */
function pageRequest(c: RequestOf): PageRequest {
  return { limit: limitParameter(c, DEFAULT_PAGE_LIMIT, MAX_PAGE_LIMIT), cursor: queryParameter(c, 'cursor') };
}

/**
 * The body of the answer, and the form of each row in the API. `server/contract/schemas.ts` describes the same types to
 * clients; the compiler compares them.
 */
import type { ApiKeyRow, KeyScope, MemberRow, MemberScope, WorkspaceRow } from './records.ts';

export interface WorkspaceSummary {
  readonly id: string;
  readonly name: string;
  readonly created_at: string;
}

export interface MemberSummary {
  readonly id: string;
  readonly workspace_id: string;
  readonly email: string;
  readonly scopes: MemberScope[];
  readonly created_at: string;
  readonly last_seen_at: string;
}

export interface ApiKeySummary {
  readonly id: string;
  readonly workspace_id: string;
  readonly name: string;
  readonly public_id: string;
  readonly scopes: KeyScope[];
  readonly revoked_at: string | null;
  readonly created_at: string;
  readonly last_used_at: string | null;
}

export interface CallbackBody {
  readonly workspace: WorkspaceSummary;
  readonly workspace_member: MemberSummary;
  readonly scopes: MemberScope[];
  /** Null for a member who already has a key. */
  readonly default_api_key: { api_key: ApiKeySummary; secret: string } | null;
}

/** The bytes of a 200: made once, stored, and sent unchanged each time. */
export function callbackBody(
  workspace: WorkspaceRow,
  member: MemberRow,
  fresh: { readonly key: ApiKeyRow; readonly secret: string } | null,
): Buffer {
  const body: CallbackBody = {
    workspace: workspaceSummary(workspace),
    workspace_member: memberSummary(member),
    scopes: [...member.scopes],
    default_api_key: fresh && { api_key: apiKeySummary(fresh.key), secret: fresh.secret },
  };
  return Buffer.from(JSON.stringify(body));
}

export function workspaceSummary({ id, name, created_at }: Omit<WorkspaceRow, 'contact_email'>): WorkspaceSummary {
  return { id, name, created_at };
}

export function memberSummary(member: MemberRow): MemberSummary {
  const { id, workspace_id, email, scopes, created_at, last_seen_at } = member;
  return { id, workspace_id, email, scopes: [...scopes], created_at, last_seen_at };
}

/** A key as the API shows it, without its HMAC and the number of its pepper. */
export function apiKeySummary(key: ApiKeyRow): ApiKeySummary {
  const { id, workspace_id, name, public_id, scopes, revoked_at, created_at, last_used_at } = key;
  return { id, workspace_id, name, public_id, scopes: [...scopes], revoked_at, created_at, last_used_at };
}

/** The rows of a sign-in, with the names that the API and the database use. */

/** The scopes of a member: all that the dashboard needs (contract §2). */
export const MEMBER_SCOPES = ['publish', 'read', 'admin'] as const;
export type MemberScope = (typeof MEMBER_SCOPES)[number];

/** The scopes of a new API key. */
export const KEY_SCOPES = ['publish', 'read'] as const;
export type KeyScope = (typeof KEY_SCOPES)[number];

export interface WorkspaceRow {
  readonly id: string;
  readonly name: string;
  readonly contact_email: string;
  readonly created_at: string;
}

export interface MemberRow {
  readonly id: string;
  readonly workspace_id: string;
  readonly workos_user_id: string;
  readonly email: string;
  readonly scopes: readonly MemberScope[];
  readonly created_at: string;
  readonly last_seen_at: string;
}

export interface ApiKeyRow {
  readonly id: string;
  readonly workspace_id: string;
  readonly name: string;
  readonly public_id: string;
  /** HMAC of the secret part; no row contains the secret itself. */
  readonly secret_hmac: string;
  readonly pepper_kid: number;
  readonly scopes: readonly KeyScope[];
  readonly revoked_at: string | null;
  readonly created_at: string;
  readonly last_used_at: string | null;
}

export interface EventRow {
  readonly id: string;
  readonly workspace_id: string;
  readonly actor_type: string;
  readonly actor_id: string;
  readonly action: string;
  readonly target_type: string;
  readonly target_id: string;
  readonly details: Readonly<Record<string, string>>;
  readonly request_id: string;
  readonly created_at: string;
}

export interface ArtifactRow {
  readonly id: string;
  readonly workspace_id: string;
  readonly title: string;
  readonly status: 'Published' | 'Deleted' | 'Expired';
  readonly latest_revision_id: string;
  readonly pinned: boolean;
  readonly lockdown: boolean;
  readonly last_published_at: string;
  readonly auto_delete_at: string | null;
  readonly entrypoint: string;
  readonly file_count: number;
  readonly size_bytes: number;
}

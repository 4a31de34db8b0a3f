/** The rows that a sign-in makes, named as on the wire and as in the database. */

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
  readonly scopes: readonly string[];
  readonly created_at: string;
  readonly last_seen_at: string;
}

export interface ApiKeyRow {
  readonly id: string;
  readonly workspace_id: string;
  readonly name: string;
  readonly public_id: string;
  /** HMAC of the secret part; the secret itself is in no row. */
  readonly secret_hmac: string;
  readonly pepper_kid: number;
  readonly scopes: readonly string[];
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

/**
 * What the program asks of a database. Each method is one whole use case and one transaction: asynchronous outside,
 * so that a server database fits, synchronous inside on SQLite.
 */
import type { ApiKeyText, KeyEnvironment } from '../workspace/api-key.ts';
import type { ApiKeyRow, ArtifactRow, EventRow, MemberRow, WorkspaceRow } from '../workspace/records.ts';

/** A verified callback that is ready to be answered. */
export interface Callback {
  readonly issuer: string;
  readonly subject: string;
  readonly email: string;
  /** `workos-jti:…` or `workos-session:…`. */
  readonly idempotencyKey: string;
  /** Milliseconds since 1970; the one instant of everything this callback writes. */
  readonly now: number;
  /** Milliseconds since 1970 until which the answer is replayed. */
  readonly expiresAt: number;
  readonly requestId: string;
}

export type Outcome = 'provisioned' | 'seen' | 'replayed';

export interface Resolution {
  readonly outcome: Outcome;
  readonly status: number;
  /** The exact bytes of the answer. */
  readonly body: Uint8Array;
  /** `jti_reused_across_subjects`: another user, or issuer, has used the same key. */
  readonly warning?: string;
}

export interface MemberContext {
  readonly workspace: WorkspaceRow;
  readonly member: MemberRow;
}

export interface KeyContext {
  readonly workspace: WorkspaceRow;
  readonly key: ApiKeyRow;
}

export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** A workspace as a seed file describes it, with ids already chosen. */
export interface SeedWorkspace {
  readonly workspace: WorkspaceRow;
  readonly member: MemberRow;
  readonly key: ApiKeyRow | null;
  readonly events: readonly EventRow[];
  readonly artifacts: readonly ArtifactRow[];
}

export interface Store {
  /**
   * Answers a callback exactly once: the stored bytes if its record lives, else a seen member, else a new one,
   * with record, rows and events in one commit (contract §1, steps 5 to 7).
   * @throws ApiError database_busy, storage_full, database_io, database_corrupt, record_unreadable
   */
  resolveMember(callback: Callback): Promise<Resolution>;
  /** Reads; changes nothing. */
  memberOf(subject: string): Promise<MemberContext | undefined>;
  /** Checks the secret in constant time and notes the use. `undefined` for an unknown, revoked or wrong key. */
  authenticateKey(key: ApiKeyText, now: number): Promise<KeyContext | undefined>;
  /** Newest first. @throws ApiError invalid_cursor */
  keys(workspaceId: string, page: PageRequest): Promise<Page<ApiKeyRow>>;
  /** Newest first. @throws ApiError invalid_cursor */
  events(workspaceId: string, page: PageRequest): Promise<Page<EventRow>>;
  /** Last published first. @throws ApiError invalid_cursor */
  artifacts(workspaceId: string, page: PageRequest): Promise<Page<ArtifactRow>>;
  artifact(workspaceId: string, id: string): Promise<ArtifactRow | undefined>;
  /** Writes what is not there yet. @returns how many workspaces were new */
  seed(workspaces: readonly SeedWorkspace[]): Promise<number>;
  /** Drops expired records for good, the free pages and the log included. @returns how many */
  sweep(now: number): Promise<number>;
  close(): void;
}

export interface StoreSettings {
  readonly keyEnvironment: KeyEnvironment;
}

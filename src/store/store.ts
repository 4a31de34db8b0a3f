/**
 * The interface to a database. Each method is one use case and one transaction. It is asynchronous, so that a database
 * server fits; SQLite itself is synchronous.
 */
import type { CallbackStore } from '../callback/resolution.ts';
import type { ApiKeyText, KeyEnvironment } from '../callback/workspace/api-key.ts';
import type { ApiKeyRow, ArtifactRow, EventRow, MemberRow, WorkspaceRow } from '../callback/workspace/records.ts';

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

/** A workspace of a seed file, with its ids already chosen. */
export interface SeedWorkspace {
  readonly workspace: WorkspaceRow;
  readonly member: MemberRow;
  readonly key: ApiKeyRow | null;
  readonly events: readonly EventRow[];
  readonly artifacts: readonly ArtifactRow[];
}

export interface Store extends CallbackStore {
  /** Only reads. */
  memberOf(subject: string): Promise<MemberContext | undefined>;
  /** Checks the secret in constant time and records the use. `undefined` for an unknown, revoked or wrong key. */
  authenticateKey(key: ApiKeyText, now: number): Promise<KeyContext | undefined>;
  /** Newest first. @throws ApiError invalid_cursor */
  keys(workspaceId: string, page: PageRequest): Promise<Page<ApiKeyRow>>;
  /** Newest first. @throws ApiError invalid_cursor */
  events(workspaceId: string, page: PageRequest): Promise<Page<EventRow>>;
  /** Last published first. @throws ApiError invalid_cursor */
  artifacts(workspaceId: string, page: PageRequest): Promise<Page<ArtifactRow>>;
  artifact(workspaceId: string, id: string): Promise<ArtifactRow | undefined>;
  /**
   * Writes the missing workspaces, all or none.
   * @param beforeCommit runs after the rows are written and before the commit; if it throws, all is rolled back. It runs
   *   again if the transaction is repeated
   * @returns the number of new workspaces
   * @throws Failure conflict if an id or an API key belongs to another workspace
   */
  seed(workspaces: readonly SeedWorkspace[], beforeCommit?: () => void): Promise<number>;
  /**
   * Erases expired records, also from free pages and the log, a batch at a time.
   * @param signal ends it after the batch that is under way
   * @returns the number of records
   */
  sweep(now: number, signal?: AbortSignal): Promise<number>;
  /** Reads once. @throws ApiError the reason why no callback could be answered */
  ready(): Promise<void>;
  /** Refuses waiting calls. It may be called twice. */
  close(): Promise<void>;
}

export interface StoreSettings {
  readonly keyEnvironment: KeyEnvironment;
}

/**
 * The reads of a state while servers write to it. Every engine reads in short transactions, takes no lock that
 * a server waits for, and changes nothing.
 */
import type { ApiKeyRow, EventRow, MemberRow, WorkspaceRow } from '../callback/workspace/records.ts';
import type { DirectoryUser } from '../workos/users.ts';
import type { Attempt } from './attempt-log.ts';
import type { AuditResult } from './audit.ts';
import type { CallbackRecord } from './callback-record.ts';
import type { Diagnosis, StoreDiagnosisCode } from './diagnosis.ts';
import type { Peppers } from './peppers.ts';
import type { Page } from './store.ts';
import type { UNLISTED } from './tables.ts';

/** A field is null where the database of another program has no such value. */
type OrNull<T, N extends keyof T> = Omit<T, N> & { readonly [F in N]: T[F] | null };

export interface WorkspaceItem extends OrNull<WorkspaceRow, 'contact_email'> {
  readonly member_id: string | null;
}

export type MemberItem = MemberRow;

/** Without the HMAC and the number of its pepper. */
export type KeyItem = Omit<ApiKeyRow, (typeof UNLISTED.keys)[number]>;

export type EventItem = OrNull<EventRow, 'workspace_id' | 'actor_id' | 'request_id'>;

export interface CallbackItem extends Attempt {
  /** Increases with time. */
  readonly id: number;
}

/** Without the sealed answer. */
export interface RecordItem
  extends OrNull<
    Omit<CallbackRecord, (typeof UNLISTED.records)[number] | 'body_sha256' | 'expires_at' | 'outcome'>,
    'subject' | 'issuer' | 'member_id' | 'status'
  > {
  readonly outcome: CallbackRecord['outcome'] | 'in_flight' | null;
  /** Hash of the answer's bytes, in hex. */
  readonly body_sha256: string | null;
  readonly expires_at: string | null;
}

export type UserItem = Omit<DirectoryUser, (typeof UNLISTED.users)[number]>;

/** Of a sign-in through the local WorkOS. Times are ISO 8601. */
export interface SessionItem {
  readonly id: string;
  readonly user_id: string;
  readonly organization_id: string | null;
  /** How the user signed in, as `authentication_method` says it. */
  readonly method: string;
  /** What goes wrong on purpose. */
  readonly failure: string | null;
  readonly ip_address: string | null;
  readonly user_agent: string | null;
  readonly signed_in_at: string;
  /** Of the last refresh, or of the end. */
  readonly updated_at: string;
  readonly expires_at: string;
  readonly ended_at: string | null;
}

/** Each list with the type of its items and its filters. */
interface Lists {
  readonly workspaces: { readonly item: WorkspaceItem; readonly filter: 'id' | 'member_id' | 'contact_email' | 'name' };
  readonly members: {
    readonly item: MemberItem;
    readonly filter: 'id' | 'workos_user_id' | 'workspace_id' | 'email';
  };
  readonly keys: { readonly item: KeyItem; readonly filter: 'id' | 'public_id' | 'workspace_id' };
  readonly events: { readonly item: EventItem; readonly filter: 'id' | 'workspace_id' };
  readonly callbacks: {
    readonly item: CallbackItem;
    readonly filter:
      | 'request_id'
      | 'subject'
      | 'reason'
      | 'outcome'
      | 'claimed_subject'
      | 'any_subject'
      | 'session_id'
      | 'any_session_id'
      | 'any_token_id'
      | 'email'
      | 'status'
      | 'milliseconds';
  };
  readonly records: { readonly item: RecordItem; readonly filter: 'idempotency_key' | 'member_id' };
  readonly users: { readonly item: UserItem; readonly filter: 'id' | 'email' };
  readonly sessions: { readonly item: SessionItem; readonly filter: 'id' | 'user_id' };
}

export type ListName = keyof Lists;
export type ItemOf<K extends ListName> = Lists[K]['item'];
export type FilterOf<K extends ListName> = Lists[K]['filter'];

/** The lists that can be followed. */
export type FollowedList = 'events' | 'callbacks';

/**
 * For each filter, an item must have one of its values; with an empty list, no item matches. E-mail addresses match in any
 * case. For `milliseconds`, an item must have more than the value. The filters `any_…` of callbacks also find what an
 * unverified token claims.
 */
export type Where<K extends ListName> = { readonly [N in FilterOf<K>]?: readonly string[] };

export interface ListQuery<K extends ListName> {
  readonly limit: number;
  /** `nextCursor` of the previous page, from the same engine. */
  readonly cursor?: string | undefined;
  /** Milliseconds since 1970; older items are left out. */
  readonly since?: number | undefined;
  /** Milliseconds since 1970; newer items are left out. */
  readonly until?: number | undefined;
  readonly where?: Where<K> | undefined;
}

/** The kinds of names that people enter. */
export type NameKind =
  | 'member_id'
  | 'workos_user_id'
  | 'email'
  | 'workspace_id'
  | 'key_id'
  | 'public_id'
  | 'idempotency_key'
  | 'request_id'
  | 'subject'
  | 'event_id'
  | 'user_id'
  | 'user_email';

/** A name with its middle left out, as tables show long ids. */
export interface Shortened {
  readonly beginning: string;
  /** Empty if everything after the beginning is left out. */
  readonly end: string;
}

export const TABLE_OWNERS = ['agent-paste', 'reference'] as const;

export type TableOwner = (typeof TABLE_OWNERS)[number];

/** The places of a state. */
export interface StatePlace {
  /** The database: a file, or `:memory:`. */
  readonly database: string;
  /** The file of the users of the local WorkOS. */
  readonly users: string;
  /** Whose tables are in the database: those of this program, or those of the API that it plays. */
  readonly tables?: TableOwner | undefined;
}

/** Parts that may be missing: callbacks with their rows, the log of attempts, the users of the local WorkOS. */
export type StatePart = 'database' | 'attempts' | 'users';

/** Each method: @throws Failure state_corrupt, state_locked, state_unwritable */
export interface Reads {
  /** A page, newest first. @throws ApiError invalid_cursor, Failure not_found if the part does not exist */
  list<K extends ListName>(list: K, query: ListQuery<K>): Promise<Page<ItemOf<K>>>;
  /** Names with this beginning and end, in order. Without an end, an exact match comes first. */
  namesBeginning(kind: NameKind, name: Shortened, limit: number): Promise<readonly string[]>;
  /** Names next to a text in order, at most so many on each side. */
  namesAround(kind: NameKind, text: string, limit: number): Promise<readonly string[]>;
  /** What the inspector recorded of callbacks: JSON by the `id` of each that has any. */
  details(callbackIds: readonly number[]): Promise<ReadonlyMap<number, string>>;
  /** Whether a part exists. A missing part has no names and cannot be listed. */
  has(part: StatePart): Promise<boolean>;
}

export interface ReadStore extends Reads, AsyncDisposable {
  /**
   * Runs reads that all see the same state of the database, even if they take long.
   * @throws Failure not_found if there is no database
   */
  together<T>(read: (reads: Reads) => Promise<T>): Promise<T>;
  /**
   * A list as it grows, oldest first. It yields the result of the query at once, even if that is empty, and then each new
   * item within half a second. Its filters also apply to new items. It ends with the signal.
   * @throws Failure as `list`
   */
  follow<K extends FollowedList>(
    list: K,
    query: ListQuery<K>,
    signal: AbortSignal,
  ): AsyncIterable<readonly ItemOf<K>[]>;
  /**
   * Checks one promise after the other (see `audit.ts`).
   * @param peppers the peppers that open the sealed answers, or the reason why they are missing
   * @throws Failure if the database cannot be read at all
   */
  audit(peppers: Peppers | string): AsyncIterable<AuditResult>;
  /**
   * Problems of the database, the log and the users.
   * @param peppers undefined if there is no file; `refused` if its file must not be read
   * @param now milliseconds since 1970, compared with the clock of another machine
   */
  diagnose(
    peppers: Peppers | 'refused' | undefined,
    now: () => number,
  ): Promise<readonly Diagnosis<StoreDiagnosisCode>[]>;
}

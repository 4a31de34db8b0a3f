/** What can be listed, and by what: every list is read newest first through an index, whatever it is filtered by. */
import type { ApiKeyRow, EventRow, MemberRow, WorkspaceRow } from '../../workspace/records.ts';
import { ATTEMPT_COLUMNS, type Attempt } from '../attempts.ts';
import type { DirectoryUser } from '../directory.ts';
import { EVENT_COLUMNS, event, MEMBER_COLUMNS, member, type StoredMember, WORKSPACE_COLUMNS } from '../rows.ts';
import { ATTEMPTS_SCHEMA, DIRECTORY_SCHEMA, MAIN_SCHEMA } from '../schema.ts';

/** The three files of a state. */
export const FILES = { database: MAIN_SCHEMA, attempts: ATTEMPTS_SCHEMA, users: DIRECTORY_SCHEMA } as const;

export type FileName = keyof typeof FILES;

export interface WorkspaceItem extends WorkspaceRow {
  readonly member_id: string;
}

/** Without the HMAC, and without saying which pepper made it. */
export type KeyItem = Omit<ApiKeyRow, 'secret_hmac' | 'pepper_kid'>;

export interface CallbackItem extends Attempt {
  /** Grows with time. */
  readonly id: number;
}

/** Without the sealed answer. */
export interface RecordItem {
  readonly idempotency_key: string;
  readonly subject: string;
  readonly issuer: string;
  readonly member_id: string;
  readonly outcome: 'provisioned' | 'seen';
  readonly status: number;
  /** Of the key whose secret the answer holds. */
  readonly key_public_id: string | null;
  /** Of the answer's bytes, in hex. */
  readonly body_sha256: string;
  readonly created_at: string;
  readonly expires_at: string;
}

/** By what a list can be filtered, and the index for it where SQLite would not find it by itself. */
export interface Filter {
  readonly column: string;
  readonly index?: string;
}

export interface ListDefinition<Item = unknown, Name extends string = string> {
  readonly file: FileName;
  readonly columns: string;
  /** A table with its alias. */
  readonly table: string;
  readonly join?: string;
  /** What orders the list: a rowid where rows are written as they happen, else an id that begins with the time (a ULID). */
  readonly order: { readonly column: string; readonly last: number | string };
  /** What grows with every row, whatever time it speaks of. */
  readonly rowid: string;
  /** ISO 8601. */
  readonly at: string;
  /** The first one that is asked for chooses the index. */
  readonly filters: Readonly<Record<Name, Filter>>;
  readonly item: (row: never) => Item;
}

const byRowid = (column: string) => ({ order: { column, last: Number.MAX_SAFE_INTEGER }, rowid: column });
/** A seed may write rows of another time than its own. */
const byUlid = (alias: string) => ({ order: { column: `${alias}.id`, last: '\u{10ffff}' }, rowid: `${alias}.rowid` });
const asItIs = <T>(row: T): T => row;

const define = <Item, Name extends string>(definition: ListDefinition<Item, Name>) => definition;

export const LISTS = {
  // Read through the members, whose ids sort by time: a workspace has one. What has none, the audit finds.
  workspaces: define({
    file: 'database',
    columns: `${WORKSPACE_COLUMNS}, m.id AS member_id`,
    table: 'workspace_members m',
    join: 'JOIN workspaces w ON w.id = m.workspace_id',
    ...byUlid('m'),
    at: 'm.created_at',
    filters: { id: { column: 'm.workspace_id' }, member_id: { column: 'm.id' } },
    item: asItIs<WorkspaceItem>,
  }),
  members: define({
    file: 'database',
    columns: MEMBER_COLUMNS,
    table: 'workspace_members m',
    ...byUlid('m'),
    at: 'm.created_at',
    filters: {
      id: { column: 'm.id' },
      workos_user_id: { column: 'm.workos_user_id' },
      workspace_id: { column: 'm.workspace_id' },
      email: { column: 'm.email COLLATE NOCASE', index: 'members_by_email' },
    },
    item: (row: StoredMember): MemberRow => member(row),
  }),
  keys: define({
    file: 'database',
    columns: 'k.id, k.workspace_id, k.name, k.public_id, k.scopes, k.revoked_at, k.created_at, k.last_used_at',
    table: 'api_keys k',
    ...byUlid('k'),
    at: 'k.created_at',
    filters: {
      id: { column: 'k.id' },
      public_id: { column: 'k.public_id' },
      workspace_id: { column: 'k.workspace_id', index: 'keys_by_workspace' },
    },
    item: (row: Omit<KeyItem, 'scopes'> & { scopes: string }): KeyItem => ({ ...row, scopes: JSON.parse(row.scopes) }),
  }),
  events: define({
    file: 'database',
    columns: EVENT_COLUMNS,
    table: 'operation_events e',
    ...byUlid('e'),
    at: 'e.created_at',
    filters: { workspace_id: { column: 'e.workspace_id', index: 'events_by_workspace' } },
    item: (row: Omit<EventRow, 'details'> & { details: string }): EventRow => event(row),
  }),
  callbacks: define({
    file: 'attempts',
    columns: `a.id, ${ATTEMPT_COLUMNS.split(', ')
      .map((name) => `a.${name}`)
      .join(', ')}`,
    table: 'callback_attempts a',
    ...byRowid('a.id'),
    at: 'a.at',
    filters: {
      request_id: { column: 'a.request_id', index: 'attempts_by_request' },
      subject: { column: 'a.subject', index: 'attempts_by_subject' },
      reason: { column: 'a.reason', index: 'attempts_by_reason' },
      outcome: { column: 'a.outcome', index: 'attempts_by_outcome' },
    },
    item: asItIs<CallbackItem>,
  }),
  records: define({
    file: 'database',
    columns:
      'r.idempotency_key, r.subject, r.issuer, r.member_id, r.outcome, r.status, r.key_public_id, lower(hex(r.body_sha256)) AS body_sha256, r.created_at, r.expires_at',
    table: 'callback_records r',
    ...byRowid('r.rowid'),
    at: 'r.created_at',
    filters: {
      idempotency_key: { column: 'r.idempotency_key' },
      member_id: { column: 'r.member_id', index: 'records_by_member' },
    },
    item: (row: Omit<RecordItem, 'expires_at'> & { expires_at: number }): RecordItem => ({
      ...row,
      expires_at: new Date(row.expires_at).toISOString(),
    }),
  }),
  users: define({
    file: 'users',
    columns: 'u.id, u.email, u.first_name, u.last_name, u.created_at, u.updated_at',
    table: 'users u',
    ...byRowid('u.seq'),
    at: 'u.created_at',
    filters: { id: { column: 'u.id' }, email: { column: 'u.email COLLATE NOCASE', index: 'users_by_email' } },
    item: asItIs<DirectoryUser>,
  }),
} as const;

export type ListName = keyof typeof LISTS;
export type ItemOf<K extends ListName> = ReturnType<(typeof LISTS)[K]['item']>;
export type FilterOf<K extends ListName> = keyof (typeof LISTS)[K]['filters'] & string;

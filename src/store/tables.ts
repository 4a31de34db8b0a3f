/** The tables of the program, a line for each column, for every engine. The schema of an engine creates them. */
import type { ApiKeyRow, ArtifactRow, EventRow, MemberRow, WorkspaceRow } from '../callback/workspace/records.ts';
import type { DirectoryUser } from '../workos/users.ts';
import type { Attempt } from './attempt-log.ts';
import type { CallbackRecord } from './callback-record.ts';

/**
 * The form of a value in the program; engines store it in types of their own. `instant` is ISO 8601, `expiry`
 * milliseconds since 1970, `json` a list or an object, `flag` a boolean.
 */
export type Form = 'plain' | 'instant' | 'expiry' | 'bytes' | 'json' | 'flag';

type FormOf<T> = T extends boolean
  ? 'flag'
  : T extends string | null
    ? 'plain' | 'instant'
    : T extends number
      ? 'plain' | 'expiry'
      : T extends Uint8Array
        ? 'bytes'
        : 'json';

/** Every member of a row with its form, in the order of the columns. */
export type Columns<Row> = { readonly [Name in keyof Row]-?: FormOf<Row[Name]> };

export interface Table<Row> {
  readonly name: string;
  /** Its alias in statements. */
  readonly alias: string;
  readonly columns: Columns<Row>;
  /** Columns that are not members of a row, with the value that every inserted row gets. */
  readonly fixed: Readonly<Record<string, number>>;
}

export function table<Row>(
  name: string,
  alias: string,
  columns: Columns<Row>,
  fixed: Table<Row>['fixed'] = {},
): Table<Row> {
  return { name, alias, columns, fixed };
}

export const WORKSPACES = table<WorkspaceRow>('workspaces', 'w', {
  id: 'plain',
  name: 'plain',
  contact_email: 'plain',
  created_at: 'instant',
});

export const MEMBERS = table<MemberRow>('workspace_members', 'm', {
  id: 'plain',
  workspace_id: 'plain',
  workos_user_id: 'plain',
  email: 'plain',
  scopes: 'json',
  created_at: 'instant',
  last_seen_at: 'instant',
});

/** Every inserted key is the default key of its workspace. */
export const API_KEYS = table<ApiKeyRow>(
  'api_keys',
  'k',
  {
    id: 'plain',
    workspace_id: 'plain',
    name: 'plain',
    public_id: 'plain',
    secret_hmac: 'plain',
    pepper_kid: 'plain',
    scopes: 'json',
    revoked_at: 'instant',
    created_at: 'instant',
    last_used_at: 'instant',
  },
  { is_default: 1 },
);

export const EVENTS = table<EventRow>('operation_events', 'e', {
  id: 'plain',
  workspace_id: 'plain',
  actor_type: 'plain',
  actor_id: 'plain',
  action: 'plain',
  target_type: 'plain',
  target_id: 'plain',
  details: 'json',
  request_id: 'plain',
  created_at: 'instant',
});

export const ARTIFACTS = table<ArtifactRow>('artifacts', 'a', {
  id: 'plain',
  workspace_id: 'plain',
  title: 'plain',
  status: 'plain',
  latest_revision_id: 'plain',
  pinned: 'flag',
  lockdown: 'flag',
  last_published_at: 'instant',
  auto_delete_at: 'instant',
  entrypoint: 'plain',
  file_count: 'plain',
  size_bytes: 'plain',
});

export const CALLBACK_RECORDS = table<CallbackRecord>('callback_records', 'r', {
  idempotency_key: 'plain',
  subject: 'plain',
  issuer: 'plain',
  member_id: 'plain',
  outcome: 'plain',
  status: 'plain',
  key_public_id: 'plain',
  body_sealed: 'bytes',
  body_sha256: 'bytes',
  seal_version: 'plain',
  pepper_kid: 'plain',
  created_at: 'instant',
  expires_at: 'expiry',
});

export const ATTEMPTS = table<Attempt>('callback_attempts', 'a', {
  at: 'instant',
  request_id: 'plain',
  status: 'plain',
  outcome: 'plain',
  reason: 'plain',
  issuer: 'plain',
  subject: 'plain',
  session_id: 'plain',
  idempotency_key: 'plain',
  expected: 'plain',
  received: 'plain',
  milliseconds: 'plain',
  token_id: 'plain',
  claimed_issuer: 'plain',
  claimed_subject: 'plain',
  claimed_session_id: 'plain',
  claimed_token_id: 'plain',
  email: 'plain',
});

/** Users of the local WorkOS. */
export const USERS = table<DirectoryUser>('users', 'u', {
  id: 'plain',
  email: 'plain',
  first_name: 'plain',
  last_name: 'plain',
  created_at: 'instant',
  updated_at: 'instant',
  email_verified: 'flag',
  external_id: 'plain',
  metadata: 'json',
  last_sign_in_at: 'instant',
});

/** Columns that no list shows: what secrets are made with, and what is of no use without the program. */
export const UNLISTED = {
  keys: ['secret_hmac', 'pepper_kid'],
  records: ['body_sealed', 'seal_version', 'pepper_kid'],
  users: ['email_verified', 'external_id', 'metadata', 'last_sign_in_at'],
} as const satisfies {
  readonly keys: readonly (keyof ApiKeyRow)[];
  readonly records: readonly (keyof CallbackRecord)[];
  readonly users: readonly (keyof DirectoryUser)[];
};

/** The columns of a table, in their order. */
export function columnsOf<Row, const Left extends keyof Row = never>(
  { columns }: Pick<Table<Row>, 'columns'>,
  without: readonly Left[] = [],
): readonly Exclude<keyof Row & string, Left>[] {
  const names = Object.keys(columns) as (keyof Row & string)[];
  return names.filter(
    (name): name is Exclude<keyof Row & string, Left> => !(without as readonly unknown[]).includes(name),
  );
}

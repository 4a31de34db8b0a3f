/** Items for other programs: the fields of `--json`, NDJSON and CSV of `inspect`. */
import { callbacksOf } from '../attempt-log.ts';
import type {
  CallbackItem,
  ItemOf,
  KeyItem,
  ListName,
  MemberItem,
  RecordItem,
  SessionItem,
  UserItem,
  WorkspaceItem,
} from '../read-store.ts';
import { API_KEYS, ATTEMPTS, CALLBACK_RECORDS, columnsOf, MEMBERS, UNLISTED, USERS } from '../tables.ts';

export interface ShownKey extends KeyItem {
  readonly revoked: boolean;
}

/** With the names of the API. */
export interface ShownEvent {
  readonly id: string;
  readonly time: string;
  /** `<type>:<id>`, as `target`. */
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  /** `name=value, …` */
  readonly change_summary: string;
  readonly request_id: string | null;
  readonly workspace_id: string | null;
}

interface ShownCallback extends CallbackItem {
  /** 1, or the number of refused callbacks of a flood that share the row. */
  readonly callbacks: number;
}

export interface ShownRecord extends RecordItem {
  readonly expired: boolean;
}

export interface ShownSession extends SessionItem {
  readonly status: 'active' | 'expired' | 'revoked';
}

interface Shown {
  readonly workspaces: WorkspaceItem;
  readonly members: MemberItem;
  readonly keys: ShownKey;
  readonly events: ShownEvent;
  readonly callbacks: ShownCallback;
  readonly records: ShownRecord;
  readonly users: UserItem;
  readonly sessions: ShownSession;
}

export type ShownOf<K extends ListName> = Shown[K];

type Field<K extends ListName, N extends keyof ShownOf<K>> = (item: ItemOf<K>, now: number) => ShownOf<K>[N];

/** By name, in order. The compiler asks for a row for every field. */
type Fields<K extends ListName> = { readonly [N in keyof ShownOf<K>]-?: Field<K, N> };

/** Fields that are shown unchanged. */
const stored = <const N extends string>(...names: readonly N[]) =>
  Object.fromEntries(names.map((name) => [name, (item: Record<N, unknown>) => item[name]])) as {
    readonly [F in N]: <T extends Record<F, unknown>>(item: T) => T[F];
  };

const FIELDS: { readonly [K in ListName]: Fields<K> } = {
  workspaces: stored('id', 'name', 'contact_email', 'member_id', 'created_at'),
  members: stored(...columnsOf(MEMBERS)),
  keys: {
    ...stored(...columnsOf(API_KEYS, UNLISTED.keys)),
    revoked: ({ revoked_at }) => revoked_at !== null,
  },
  events: {
    id: ({ id }) => id,
    time: ({ created_at }) => created_at,
    actor: ({ actor_type, actor_id }) => (actor_id === null ? actor_type : `${actor_type}:${actor_id}`),
    action: ({ action }) => action,
    target: ({ target_type, target_id }) => `${target_type}:${target_id}`,
    change_summary: ({ details }) =>
      Object.entries(details)
        .map(([name, value]) => `${name}=${value}`)
        .join(', '),
    request_id: ({ request_id }) => request_id,
    workspace_id: ({ workspace_id }) => workspace_id,
  },
  callbacks: { ...stored('id', ...columnsOf(ATTEMPTS)), callbacks: callbacksOf },
  records: {
    ...stored(...columnsOf(CALLBACK_RECORDS, UNLISTED.records)),
    expired: ({ expires_at }, now) => expires_at !== null && Date.parse(expires_at) <= now,
  },
  users: stored(...columnsOf(USERS, UNLISTED.users)),
  sessions: {
    ...stored('id', 'user_id', 'organization_id', 'method', 'failure', 'ip_address', 'user_agent'),
    ...stored('signed_in_at', 'updated_at', 'expires_at', 'ended_at'),
    status: ({ ended_at, expires_at }, now) => {
      if (ended_at !== null) return 'revoked';
      return Date.parse(expires_at) <= now ? 'expired' : 'active';
    },
  },
};

/** The names of the fields in order; a heading is printed even without rows. */
export function fieldsOf(list: ListName): readonly string[] {
  return Object.keys(FIELDS[list]);
}

/** @param now milliseconds since 1970 */
export function shown<K extends ListName>(list: K, item: ItemOf<K>, now: number): ShownOf<K> {
  const fields = Object.entries(FIELDS[list]) as [string, (item: ItemOf<K>, now: number) => unknown][];
  return Object.fromEntries(fields.map(([name, value]) => [name, value(item, now)])) as unknown as ShownOf<K>;
}

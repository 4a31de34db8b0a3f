/** The lists of `inspect`: their fields for programs, their columns for people. */
import type { CallbackItem, ItemOf, KeyItem, ListName, RecordItem, WorkspaceItem } from '../../store/inspection.ts';
import type { KeyEnvironment } from '../../workspace/api-key.ts';
import type { EventRow } from '../../workspace/records.ts';
import type { Column } from '../columns.ts';
import type { Painter } from '../output.ts';
import type { ListView } from './formats.ts';
import { moment, relative } from './time.ts';

export interface ViewSettings {
  readonly paint: Painter;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly keyEnvironment: KeyEnvironment;
}

const ID = ['middle', 13] as const;

const pick =
  <K extends string>(...names: readonly K[]) =>
  <T extends { readonly [N in K]: unknown }>(): Record<string, (item: T) => unknown> =>
    Object.fromEntries(names.map((name) => [name, (item: T) => item[name]]));

/** An API key as it may be shown: the public id finds it, and opens nothing. */
export function shownKey(environment: KeyEnvironment, publicId: string): string {
  return `ap_pk_${environment}_${publicId}_…`;
}

export function describeOutcome({ outcome, reason }: Pick<CallbackItem, 'outcome' | 'reason'>): string {
  return reason === null ? outcome : `${outcome} ${reason}`;
}

export function outcomePaint({
  green,
  cyan,
  yellow,
  red,
  dim,
}: Painter): (text: string, item: { outcome: string }) => string {
  const paints: Readonly<Record<string, (text: string) => string>> = {
    provisioned: green,
    seen: cyan,
    replayed: dim,
    refused: yellow,
    in_flight: yellow,
    unavailable: red,
  };
  return (text, { outcome }) => paints[outcome]?.(text) ?? text;
}

export function changesOf({ details }: EventRow): string {
  return Object.entries(details)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');
}

export function viewsOf({ paint, now, keyEnvironment }: ViewSettings): {
  readonly [K in ListName]: ListView<ItemOf<K>>;
} {
  const ago = (iso: string | null, never = 'never') => (iso === null ? never : relative(iso, now));
  const created = <T extends { created_at: string }>(drop?: number): Column<T> => ({
    name: 'created',
    cell: ({ created_at }) => moment(created_at),
    ...(drop === undefined ? {} : { drop }),
  });

  const workspaces: ListView<WorkspaceItem> = {
    fields: pick('id', 'name', 'contact_email', 'member_id', 'created_at')<WorkspaceItem>(),
    columns: [
      { name: 'workspace', cell: ({ id }) => id, cut: ID, paint: paint.cyan },
      { name: 'name', cell: ({ name }) => name, cut: ['end', 12] },
      { name: 'member', cell: ({ member_id }) => member_id, cut: ID },
      created(),
    ],
    empty: 'no workspaces: nobody has signed in yet',
  };

  const members: ListView<ItemOf<'members'>> = {
    fields: pick('id', 'workspace_id', 'workos_user_id', 'email', 'scopes', 'created_at', 'last_seen_at')<
      ItemOf<'members'>
    >(),
    columns: [
      { name: 'e-mail', cell: ({ email }) => email, cut: ['end', 24], paint: paint.bold },
      { name: 'member', cell: ({ id }) => id, cut: ID, paint: paint.cyan },
      { name: 'user', cell: ({ workos_user_id }) => workos_user_id, cut: ID },
      { name: 'workspace', cell: ({ workspace_id }) => workspace_id, cut: ID, drop: 1 },
      { name: 'last seen', cell: ({ last_seen_at }) => ago(last_seen_at) },
      created(2),
    ],
    empty: 'no members: nobody has signed in yet',
  };

  const keys: ListView<KeyItem> = {
    fields: {
      ...pick(
        'id',
        'workspace_id',
        'name',
        'public_id',
        'scopes',
        'revoked_at',
        'created_at',
        'last_used_at',
      )<KeyItem>(),
      revoked: ({ revoked_at }) => revoked_at !== null,
    },
    columns: [
      { name: 'key', cell: ({ public_id }) => shownKey(keyEnvironment, public_id), paint: paint.cyan },
      { name: 'name', cell: ({ name }) => name, cut: ['end', 7] },
      { name: 'id', cell: ({ id }) => id, cut: ID, drop: 2 },
      { name: 'workspace', cell: ({ workspace_id }) => workspace_id, cut: ID, drop: 1 },
      {
        name: 'state',
        cell: ({ revoked_at }) => (revoked_at === null ? 'active' : 'revoked'),
        paint: (text, { revoked_at }) => (revoked_at === null ? text : paint.red(text)),
      },
      { name: 'last used', cell: ({ last_used_at }) => ago(last_used_at) },
      created(3),
    ],
    empty: 'no API keys: nobody has signed in yet',
  };

  const events: ListView<EventRow> = {
    fields: {
      id: ({ id }) => id,
      time: ({ created_at }) => created_at,
      actor: ({ actor_type, actor_id }) => `${actor_type}:${actor_id}`,
      action: ({ action }) => action,
      target: ({ target_type, target_id }) => `${target_type}:${target_id}`,
      change_summary: changesOf,
      request_id: ({ request_id }) => request_id,
      workspace_id: ({ workspace_id }) => workspace_id,
    },
    columns: [
      { name: 'time', usual: 20, cell: ({ created_at }) => moment(created_at) },
      { name: 'action', usual: 17, cell: ({ action }) => action, paint: paint.cyan },
      { name: 'target', usual: 36, cell: ({ target_id }) => target_id, cut: ID },
      { name: 'changes', usual: 41, cell: changesOf, cut: ['end', 12], drop: 2 },
      { name: 'actor', usual: 15, cell: ({ actor_type, actor_id }) => `${actor_type}:${actor_id}`, drop: 3 },
      { name: 'request', usual: 30, cell: ({ request_id }) => request_id, cut: ID, paint: paint.dim },
    ],
    empty: 'no events',
  };

  const callbacks: ListView<CallbackItem> = {
    fields: pick(
      'id',
      'at',
      'request_id',
      'status',
      'outcome',
      'reason',
      'issuer',
      'subject',
      'session_id',
      'idempotency_key',
      'expected',
      'received',
      'milliseconds',
    )<CallbackItem>(),
    columns: [
      { name: 'time', usual: 20, cell: ({ at }) => moment(at) },
      { name: 'status', cell: ({ status }) => String(status), drop: 2 },
      { name: 'outcome', usual: 25, cell: describeOutcome, cut: ['end', 25], paint: outcomePaint(paint) },
      { name: 'user', usual: 31, cell: ({ subject }) => subject ?? '-', cut: ID },
      { name: 'key', usual: 37, cell: ({ idempotency_key }) => idempotency_key ?? '-', cut: ['middle', 15], drop: 1 },
      { name: 'request', usual: 30, cell: ({ request_id }) => request_id, cut: ID, paint: paint.dim },
      { name: 'ms', usual: 6, cell: ({ milliseconds }) => milliseconds.toFixed(1), align: 'right', drop: 3 },
    ],
    empty: 'no callbacks',
  };

  const records: ListView<RecordItem> = {
    fields: {
      ...pick(
        'idempotency_key',
        'subject',
        'issuer',
        'member_id',
        'outcome',
        'status',
        'key_public_id',
        'body_sha256',
        'created_at',
        'expires_at',
      )<RecordItem>(),
      expired: ({ expires_at }) => Date.parse(expires_at) <= now,
    },
    columns: [
      { name: 'key', cell: ({ idempotency_key }) => idempotency_key, cut: ['middle', 18], paint: paint.cyan },
      { name: 'user', cell: ({ subject }) => subject, cut: ID },
      { name: 'outcome', cell: ({ outcome }) => outcome, paint: outcomePaint(paint) },
      { name: 'sha256', cell: ({ body_sha256 }) => body_sha256.slice(0, 12), drop: 1 },
      { name: 'issuer', cell: ({ issuer }) => issuer, cut: ['end', 16], drop: 2 },
      created(),
      {
        name: 'expires',
        cell: ({ expires_at }) => (Date.parse(expires_at) <= now ? 'expired' : relative(expires_at, now)),
      },
    ],
    empty: 'no callback records: none yet, or all of them expired',
  };

  const users: ListView<ItemOf<'users'>> = {
    fields: pick('id', 'email', 'first_name', 'last_name', 'created_at', 'updated_at')<ItemOf<'users'>>(),
    columns: [
      { name: 'e-mail', cell: ({ email }) => email, cut: ['end', 24], paint: paint.bold },
      { name: 'user', cell: ({ id }) => id, cut: ID, paint: paint.cyan },
      {
        name: 'name',
        cell: ({ first_name, last_name }) => [first_name, last_name].filter((name) => name !== null).join(' '),
        cut: ['end', 8],
        drop: 1,
      },
      created(),
    ],
    empty: 'no users: `agent-paste users add <email>`, or mint a token for one',
  };

  return { workspaces, members, keys, events, callbacks, records, users };
}

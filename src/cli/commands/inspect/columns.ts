/** The lists of `inspect` for people: their columns, and the text for an empty list. */
import type { KeyEnvironment } from '../../../callback/workspace/api-key.ts';
import { moment, relative } from '../../../machine/values/time.ts';
import { callbacksOf } from '../../../store/attempt-log.ts';
import type { CallbackItem, ListName } from '../../../store/read-store.ts';
import type { ShownEvent, ShownOf } from '../../../store/view/shown.ts';
import type { Column } from '../../terminal/fitted-table.ts';
import type { Painter } from '../../terminal/output.ts';
import type { ListTable } from './formats.ts';

interface TableSettings {
  readonly paint: Painter;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly keyEnvironment: KeyEnvironment;
}

const ID = ['middle', 13] as const;

/** An API key in a form that may be shown: its public id identifies it and gives no access. */
export function shownKey(environment: KeyEnvironment, publicId: string): string {
  return `ap_pk_${environment}_${publicId}_…`;
}

/** With the number of callbacks first, if the row stands for several. */
export function describeOutcome(item: Pick<CallbackItem, 'outcome' | 'reason' | 'expected' | 'received'>): string {
  const { outcome, reason } = item;
  const callbacks = callbacksOf(item);
  return `${callbacks === 1 ? '' : `${callbacks} × `}${outcome}${reason === null ? '' : ` ${reason}`}`;
}

/** The mark comes first, so that no narrow table cuts it off. */
function describeSender({ subject, claimed_subject: claimed }: CallbackItem): string {
  return subject ?? (claimed === null ? '-' : `(claimed) ${claimed}`);
}

export function outcomePaint({
  green,
  cyan,
  yellow,
  red,
  dim,
}: Painter): (text: string, item: { outcome: string | null }) => string {
  const paints: Readonly<Record<string, (text: string) => string>> = {
    provisioned: green,
    seen: cyan,
    replayed: dim,
    refused: yellow,
    in_flight: yellow,
    unavailable: red,
  };
  return (text, { outcome }) => paints[outcome ?? '']?.(text) ?? text;
}

export function eventColumns(paint: Painter): readonly Column<ShownEvent>[] {
  return [
    { name: 'time', usual: 20, cell: ({ time }) => moment(time) },
    { name: 'action', usual: 17, cell: ({ action }) => action, paint: paint.cyan },
    { name: 'target', usual: 36, cell: ({ target }) => target.slice(target.indexOf(':') + 1), cut: ID },
    { name: 'changes', usual: 41, cell: ({ change_summary }) => change_summary, cut: ['end', 12], drop: 2 },
    { name: 'actor', usual: 15, cell: ({ actor }) => actor, drop: 3 },
    { name: 'request', usual: 30, cell: ({ request_id }) => request_id ?? '-', cut: ID, paint: paint.dim },
  ];
}

export function tablesOf({ paint, now, keyEnvironment }: TableSettings): {
  readonly [K in ListName]: ListTable<ShownOf<K>>;
} {
  const ago = (iso: string | null, never = 'never') => (iso === null ? never : relative(iso, now));
  const created = <T extends { created_at: string }>(drop = 1): Column<T> => ({
    name: 'created',
    cell: ({ created_at }) => moment(created_at),
    drop,
  });

  const workspaces: ListTable<ShownOf<'workspaces'>> = {
    columns: [
      { name: 'workspace', cell: ({ id }) => id, cut: ID, paint: paint.cyan },
      { name: 'name', cell: ({ name }) => name, cut: ['end', 12] },
      { name: 'member', cell: ({ member_id }) => member_id ?? '-', cut: ID },
      created(),
    ],
    empty: 'no workspaces: no user has signed in yet',
  };

  const members: ListTable<ShownOf<'members'>> = {
    columns: [
      { name: 'e-mail', cell: ({ email }) => email, cut: ['end', 24], paint: paint.bold },
      { name: 'member', cell: ({ id }) => id, cut: ID, paint: paint.cyan },
      { name: 'user', cell: ({ workos_user_id }) => workos_user_id, cut: ID },
      { name: 'workspace', cell: ({ workspace_id }) => workspace_id, cut: ID, drop: 1 },
      { name: 'last seen', cell: ({ last_seen_at }) => ago(last_seen_at) },
      created(2),
    ],
    empty: 'no members: no user has signed in yet',
  };

  const keys: ListTable<ShownOf<'keys'>> = {
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
    empty: 'no API keys: no user has signed in yet',
  };

  const events: ListTable<ShownOf<'events'>> = { columns: eventColumns(paint), empty: 'no events' };

  const callbacks: ListTable<ShownOf<'callbacks'>> = {
    columns: [
      { name: 'time', usual: 20, cell: ({ at }) => moment(at) },
      { name: 'status', cell: ({ status }) => String(status), drop: 2 },
      { name: 'outcome', usual: 25, cell: describeOutcome, cut: ['end', 25], paint: outcomePaint(paint) },
      { name: 'user', usual: 31, cell: describeSender, cut: ID },
      { name: 'key', usual: 37, cell: ({ idempotency_key }) => idempotency_key ?? '-', cut: ['middle', 15], drop: 1 },
      { name: 'request', usual: 30, cell: ({ request_id }) => request_id, cut: ID, paint: paint.dim },
      { name: 'ms', usual: 6, cell: ({ milliseconds }) => milliseconds.toFixed(1), align: 'right', drop: 3 },
    ],
    empty: 'no callbacks',
  };

  const records: ListTable<ShownOf<'records'>> = {
    columns: [
      { name: 'key', cell: ({ idempotency_key }) => idempotency_key, cut: ['middle', 18], paint: paint.cyan },
      { name: 'user', cell: ({ subject }) => subject ?? '-', cut: ID },
      { name: 'outcome', cell: ({ outcome }) => outcome ?? '-', paint: outcomePaint(paint) },
      { name: 'sha256', cell: ({ body_sha256 }) => body_sha256?.slice(0, 12) ?? '-', drop: 1 },
      { name: 'issuer', cell: ({ issuer }) => issuer ?? '-', cut: ['end', 16], drop: 2 },
      created(),
      {
        name: 'expires',
        cell: ({ expired, expires_at }) => (expired ? 'expired' : ago(expires_at, '-')),
      },
    ],
    empty: 'no callback records: none yet, or all of them expired',
  };

  const users: ListTable<ShownOf<'users'>> = {
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

  const sessions: ListTable<ShownOf<'sessions'>> = {
    columns: [
      { name: 'signed in', usual: 20, cell: ({ signed_in_at }) => moment(signed_in_at) },
      { name: 'user', usual: 31, cell: ({ user_id }) => user_id, cut: ID, paint: paint.cyan },
      { name: 'session', usual: 34, cell: ({ id }) => id, cut: ID },
      {
        name: 'status',
        usual: 7,
        cell: ({ status }) => status,
        paint: (text, { status }) => (status === 'active' ? paint.green(text) : paint.yellow(text)),
      },
      { name: 'method', usual: 12, cell: ({ method }) => method, drop: 2 },
      { name: 'organization', usual: 30, cell: ({ organization_id }) => organization_id ?? '-', cut: ID, drop: 3 },
      { name: 'last used', usual: 12, cell: ({ updated_at }) => ago(updated_at), drop: 1 },
      { name: 'fails', usual: 5, cell: ({ failure }) => failure ?? '-', drop: 4 },
    ],
    empty: 'no sessions: no user has signed in through the local WorkOS',
  };

  return { workspaces, members, keys, events, callbacks, records, users, sessions };
}

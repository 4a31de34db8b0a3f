/**
 * The statements of a callback. Each is a transaction by itself, so that no lock is held across the network, and any
 * pooler works. Foreign keys are judged when a statement ends: the order of its parts does not matter.
 */
import type { Provisioned } from '../../callback/workspace/provision.ts';
import type { CallbackRecord } from '../callback-record.ts';
import type { Seen } from '../sign-in.ts';
import type { Statement } from './pool.ts';
import type { Rows } from './rows.ts';
import { instant } from './values.ts';

/** Milliseconds for which a lock is waited for; then the callback begins again. */
const LOCK_TIMEOUT_MS = 2500;

/**
 * Set for this transaction alone, which a pooler neither refuses nor leaks. Where a session does not wait for its disk,
 * this does; one that waits for a standby in a stronger way keeps that.
 * @param lockTimeout the number of a parameter
 */
const guard = (lockTimeout: number) => `guard AS MATERIALIZED (SELECT set_config('lock_timeout', $${lockTimeout}, true),
    set_config('synchronous_commit',
      CASE WHEN current_setting('synchronous_commit') IN ('off', 'local') THEN 'on'
        ELSE current_setting('synchronous_commit') END, true))`;

/** Shorter than the wait for the answer: PostgreSQL then says that it was the lock. */
export function lockTimeout(within: number): string {
  return `${Math.max(1, Math.floor(Math.min(LOCK_TIMEOUT_MS, within * 0.8)))}ms`;
}

interface Sent {
  readonly statement: Statement;
  /** All but the last one, which is a `lockTimeout`. */
  readonly values: readonly unknown[];
}

export interface CallbackStatements {
  /** Takes key, subject, issuer and the instant: the live record, the member, and whether another has the key. */
  readonly read: Statement;
  /** One row where it was committed, none where another was first. */
  provision(made: Provisioned, record: CallbackRecord): Sent;
  seen(decided: Seen): Sent;
}

export function callbackStatements({ dialect, workspaces, members, keys, events, records }: Rows): CallbackStatements {
  const read: Statement = {
    name: 'callback_read',
    text: `SELECT r.status AS record_status, r.key_public_id, r.body_sealed, r.body_sha256, r.seal_version, r.pepper_kid,
        ${instant('r.created_at')} AS record_created_at,
        ${members.columns('member_')}, ${workspaces.columns('workspace_')},
        EXISTS (SELECT 1 FROM ${records.name} o
          WHERE o.idempotency_key = $1 AND (o.subject <> $2 OR o.issuer <> $3)) AS key_reused,
        (SELECT value FROM ${dialect.table('meta')} WHERE name = 'database_id') AS database_id
      FROM (SELECT 1) one
      LEFT JOIN ${records.from} ON r.idempotency_key = $1 AND r.subject = $2 AND r.issuer = $3
        AND r.expires_at > $4::timestamptz
      LEFT JOIN (${members.from} JOIN ${workspaces.from} ON w.id = m.workspace_id) ON m.workos_user_id = $2`,
  };

  const after = (...tables: readonly { readonly width: number }[]) =>
    1 + tables.reduce((sum, { width }) => sum + width, 0);
  const eventColumns = Array.from({ length: events.width }, (_, index) => `c${index}`).join(', ');
  const eventRows = [0, 1]
    .map((n) => `(${n}, ${events.placeholders(after(workspaces, members, keys) + n * events.width)})`)
    .join(', ');
  const provision: Statement = {
    name: 'callback_provision',
    text: `WITH ${guard(after(workspaces, members, keys, events, events, records))},
      member AS (INSERT INTO ${members.name} ${members.inserted}
        SELECT ${members.placeholders(after(workspaces))} FROM guard
        ON CONFLICT (workos_user_id) DO NOTHING RETURNING id),
      workspace AS (INSERT INTO ${workspaces.name} ${workspaces.inserted} SELECT ${workspaces.placeholders()} FROM member),
      key AS (INSERT INTO ${keys.name} ${keys.inserted}
        SELECT ${keys.placeholders(after(workspaces, members))} FROM member),
      event AS (INSERT INTO ${events.name} ${events.inserted}
        SELECT ${eventColumns} FROM member, (VALUES ${eventRows}) v (n, ${eventColumns}) ORDER BY n)
      INSERT INTO ${records.name} ${records.inserted}
      SELECT ${records.placeholders(after(workspaces, members, keys, events, events))} FROM member RETURNING 1`,
  };

  const seenFrom = 5;
  const seen: Statement = {
    name: 'callback_seen',
    text: `WITH ${guard(seenFrom + records.width)},
      member AS (SELECT m.id FROM ${members.from}, guard WHERE m.id = $1 AND m.workos_user_id = $2),
      record AS (INSERT INTO ${records.name} AS r ${records.inserted} SELECT ${records.placeholders(seenFrom)} FROM member
        ON CONFLICT (idempotency_key, subject, issuer) DO UPDATE
        SET ${REPLACED.map((column) => `${column} = excluded.${column}`).join(', ')}, seq = DEFAULT
        WHERE r.expires_at <= excluded.created_at RETURNING member_id)
      UPDATE ${members.from} SET email = $3, last_seen_at = $4::timestamptz FROM record
      WHERE m.id = record.member_id RETURNING 1`,
  };

  return {
    read,
    provision: ({ workspace, member, key, events: made }, record) => ({
      statement: provision,
      values: [
        ...workspaces.values(workspace),
        ...members.values(member),
        ...keys.values(key),
        ...made.flatMap(events.values),
        ...records.values(record),
      ],
    }),
    seen: ({ member, record }) => ({
      statement: seen,
      values: [member.id, member.workos_user_id, member.email, member.last_seen_at, ...records.values(record)],
    }),
  };
}

/** Of a record that takes the place of one that has expired. */
const REPLACED: readonly (keyof CallbackRecord)[] = [
  'member_id',
  'outcome',
  'status',
  'key_public_id',
  'body_sealed',
  'body_sha256',
  'seal_version',
  'pepper_kid',
  'created_at',
  'expires_at',
];

/**
 * The promises of the contract as queries, for every engine. Each finds the rows that break it. It does not rely on
 * constraints, because the database may have been changed by hand or by another program.
 */
import type { PromiseId } from './audit.ts';
import type { Dialect } from './dialect.ts';

export interface QueriedPromise {
  readonly id: PromiseId;
  /** Each query reads rows `t` of one table, and returns a text `broken` for each row that breaks the promise. */
  readonly queries: readonly { readonly table: string; readonly sql: string }[];
}

/** @param range a condition that limits the rows `t` */
export function queriedPromises({ table: named, rowOf, isTrue }: Dialect, range: string): readonly QueriedPromise[] {
  const query = (table: string, broken: string, condition: string) => ({
    table,
    sql: `SELECT ${broken} AS broken FROM ${named(table)} t WHERE ${range} AND ${condition}`,
  });
  const another = (table: string, condition: string) =>
    `EXISTS (SELECT 1 FROM ${named(table)} o WHERE ${condition} AND ${rowOf('o')} <> ${rowOf('t')})`;
  const orphan = (table: string) =>
    query(
      table,
      "t.id || ' belongs to the workspace ' || t.workspace_id || ', which does not exist'",
      `NOT EXISTS (SELECT 1 FROM ${named('workspaces')} w WHERE w.id = t.workspace_id)`,
    );
  const withoutEvent = (action: string) =>
    query(
      'workspaces',
      `t.id || ' has no event ${action}'`,
      `NOT EXISTS (SELECT 1 FROM ${named('operation_events')} e WHERE e.workspace_id = t.id AND e.action = '${action}')`,
    );
  return [
    {
      id: 'one-member-per-user',
      queries: [
        query(
          'workspace_members',
          "t.id || ' is one of several members of ' || t.workos_user_id",
          another('workspace_members', 'o.workos_user_id = t.workos_user_id'),
        ),
      ],
    },
    {
      id: 'one-member-per-workspace',
      queries: [
        query(
          'workspace_members',
          "t.id || ' is one of several members of the workspace ' || t.workspace_id",
          another('workspace_members', 'o.workspace_id = t.workspace_id'),
        ),
      ],
    },
    {
      id: 'one-default-key',
      queries: [
        query(
          'api_keys',
          "t.id || ' is one of several default keys of the workspace ' || t.workspace_id",
          `${isTrue('t.is_default')} AND ${another('api_keys', `o.workspace_id = t.workspace_id AND ${isTrue('o.is_default')}`)}`,
        ),
      ],
    },
    {
      id: 'no-half-provisioned-member',
      queries: [
        query(
          'workspaces',
          "t.id || ' has no member'",
          `NOT EXISTS (SELECT 1 FROM ${named('workspace_members')} m WHERE m.workspace_id = t.id)`,
        ),
        query(
          'workspaces',
          "t.id || ' has no default key'",
          `NOT EXISTS (SELECT 1 FROM ${named('api_keys')} k WHERE k.workspace_id = t.id AND ${isTrue('k.is_default')})`,
        ),
        withoutEvent('workspace.created'),
        withoutEvent('api_key.created'),
      ],
    },
    {
      id: 'no-orphans',
      queries: [orphan('workspace_members'), orphan('api_keys'), orphan('operation_events'), orphan('artifacts')],
    },
    {
      id: 'records-have-members',
      queries: [
        query(
          'callback_records',
          "t.idempotency_key || ' of ' || t.subject || ' points to ' || t.member_id || ', which does not exist'",
          `NOT EXISTS (SELECT 1 FROM ${named('workspace_members')} m WHERE m.id = t.member_id)`,
        ),
        query(
          'callback_records',
          "t.idempotency_key || ' of ' || t.subject || ' points to ' || t.member_id || ', which belongs to another user'",
          `EXISTS (SELECT 1 FROM ${named('workspace_members')} m WHERE m.id = t.member_id AND m.workos_user_id <> t.subject)`,
        ),
      ],
    },
    {
      id: 'records-have-keys',
      queries: [
        query(
          'callback_records',
          "t.idempotency_key || ' of ' || t.subject || ' names the key ' || t.key_public_id || ', which its member does not have'",
          `t.key_public_id IS NOT NULL AND NOT EXISTS (
             SELECT 1 FROM ${named('workspace_members')} m JOIN ${named('api_keys')} k ON k.workspace_id = m.workspace_id
             WHERE m.id = t.member_id AND k.public_id = t.key_public_id)`,
        ),
      ],
    },
  ];
}

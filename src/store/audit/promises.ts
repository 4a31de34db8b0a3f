/**
 * The promises of the contract as queries. Each finds the rows that break it, whatever constraints the file has: it may
 * have been changed by hand, or by another program.
 */

export interface QueriedPromise {
  /** Stable: scripts match on it. */
  readonly id: string;
  readonly promise: string;
  /** Each runs over a range of rowids of one table, and returns a text `broken` for each row that breaks the promise. */
  readonly queries: readonly { readonly table: string; readonly sql: string }[];
}

const RANGE = 't.rowid > :after AND t.rowid <= :upto';

const query = (table: string, broken: string, condition: string) => ({
  table,
  sql: `SELECT ${broken} AS broken FROM ${table} t WHERE ${RANGE} AND ${condition}`,
});

const orphan = (table: string, id = 't.id') =>
  query(
    table,
    `${id} || ' belongs to the workspace ' || t.workspace_id || ', which does not exist'`,
    'NOT EXISTS (SELECT 1 FROM workspaces w WHERE w.id = t.workspace_id)',
  );

const withoutEvent = (action: string) =>
  query(
    'workspaces',
    `t.id || ' has no event ${action}'`,
    `NOT EXISTS (SELECT 1 FROM operation_events e WHERE e.workspace_id = t.id AND e.action = '${action}')`,
  );

export const QUERIED_PROMISES: readonly QueriedPromise[] = [
  {
    id: 'one-member-per-user',
    promise: 'a WorkOS user has at most one member',
    queries: [
      query(
        'workspace_members',
        "t.id || ' is one of several members of ' || t.workos_user_id",
        'EXISTS (SELECT 1 FROM workspace_members o WHERE o.workos_user_id = t.workos_user_id AND o.rowid <> t.rowid)',
      ),
    ],
  },
  {
    id: 'one-member-per-workspace',
    promise: 'a workspace has at most one member',
    queries: [
      query(
        'workspace_members',
        "t.id || ' is one of several members of the workspace ' || t.workspace_id",
        'EXISTS (SELECT 1 FROM workspace_members o WHERE o.workspace_id = t.workspace_id AND o.rowid <> t.rowid)',
      ),
    ],
  },
  {
    id: 'one-default-key',
    promise: 'a workspace has at most one default key',
    queries: [
      query(
        'api_keys',
        "t.id || ' is one of several default keys of the workspace ' || t.workspace_id",
        't.is_default = 1 AND EXISTS (SELECT 1 FROM api_keys o WHERE o.workspace_id = t.workspace_id AND o.is_default = 1 AND o.rowid <> t.rowid)',
      ),
    ],
  },
  {
    id: 'no-half-provisioned-member',
    promise: 'a workspace has member, key and two events',
    queries: [
      query(
        'workspaces',
        "t.id || ' has no member'",
        'NOT EXISTS (SELECT 1 FROM workspace_members m WHERE m.workspace_id = t.id)',
      ),
      query(
        'workspaces',
        "t.id || ' has no default key'",
        'NOT EXISTS (SELECT 1 FROM api_keys k WHERE k.workspace_id = t.id AND k.is_default = 1)',
      ),
      withoutEvent('workspace.created'),
      withoutEvent('api_key.created'),
    ],
  },
  {
    id: 'no-orphans',
    promise: 'whatever belongs to a workspace has one',
    queries: [orphan('workspace_members'), orphan('api_keys'), orphan('operation_events'), orphan('artifacts')],
  },
  {
    id: 'records-have-members',
    promise: 'a record points at the member it is of',
    queries: [
      query(
        'callback_records',
        "t.idempotency_key || ' of ' || t.subject || ' points at ' || t.member_id || ', who does not exist'",
        'NOT EXISTS (SELECT 1 FROM workspace_members m WHERE m.id = t.member_id)',
      ),
      query(
        'callback_records',
        "t.idempotency_key || ' of ' || t.subject || ' points at ' || t.member_id || ', who is somebody else'",
        'EXISTS (SELECT 1 FROM workspace_members m WHERE m.id = t.member_id AND m.workos_user_id <> t.subject)',
      ),
    ],
  },
  {
    id: 'records-have-keys',
    promise: 'a record names a key of its member',
    queries: [
      query(
        'callback_records',
        "t.idempotency_key || ' of ' || t.subject || ' names the key ' || t.key_public_id || ', which its member does not have'",
        `t.key_public_id IS NOT NULL AND NOT EXISTS (
           SELECT 1 FROM workspace_members m JOIN api_keys k ON k.workspace_id = m.workspace_id
           WHERE m.id = t.member_id AND k.public_id = t.key_public_id)`,
      ),
    ],
  },
];

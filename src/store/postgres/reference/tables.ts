/**
 * The tables of the API that this program plays, as far as they are read. A stored answer holds a secret in clear: of the
 * column `result_json` only two ids are ever taken, in the database.
 */
import type { Selection } from '../../lists.ts';
import type { ListName, NameKind } from '../../read-store.ts';

/** What of a state is in the database of the API. */
export type ReferenceList = Extract<ListName, 'workspaces' | 'members' | 'keys' | 'events' | 'records'>;

/** The answers to callbacks, among those of other requests: each, and the one that made the member. */
export const CALLBACK_ANSWERS = "operation IN ('web.member.callback', 'web.member.provision')";

/** The columns that must be there. */
export const COLUMNS = {
  workspaces: ['id', 'name', 'contact_email', 'created_at'],
  workspace_members: ['id', 'workspace_id', 'workos_user_id', 'email', 'scopes', 'created_at', 'last_seen_at'],
  api_keys: ['id', 'workspace_id', 'public_id', 'name', 'scopes', 'revoked_at', 'last_used_at', 'created_at'],
  operation_events: [
    ...['id', 'workspace_id', 'actor_type', 'actor_id', 'action', 'target_type', 'target_id'],
    ...['details', 'request_id', 'occurred_at'],
  ],
  idempotency_records: ['operation', 'idempotency_key', 'result_json', 'created_at', 'completed_at'],
} as const;

export type ReferenceTable = keyof typeof COLUMNS;

export interface ReferenceDefinition<K extends ReferenceList> extends Selection<K> {
  readonly table: ReferenceTable;
  /** After FROM. */
  readonly from: string;
  /** Which of its rows; all of them by default. */
  readonly only?: string;
  /** The list is ordered by this instant, and by the id. */
  readonly at: string;
  readonly id: string;
}

type Definitions = { readonly [K in ReferenceList]: ReferenceDefinition<K> };

/** @param readsAnswers false where the user has no right to the answers: their members and keys stay unknown */
export function definitionsIn(schema: string, readsAnswers: boolean): Definitions {
  const inAnswer = (...path: readonly string[]) =>
    readsAnswers ? `r.result_json #>> '{${path.join(',')}}'` : 'NULL::text';
  const memberId = inAnswer('workspace_member', 'id');
  const publicId = inAnswer('default_api_key', 'api_key', 'public_id');
  const outcome = readsAnswers ? `CASE WHEN ${publicId} IS NULL THEN 'seen' ELSE 'provisioned' END` : 'NULL';
  const ended = (value: string, otherwise: string) =>
    `CASE WHEN r.completed_at IS NULL THEN ${otherwise} ELSE ${value} END`;
  return {
    workspaces: {
      table: 'workspaces',
      from: `"${schema}".workspaces w LEFT JOIN LATERAL (
        SELECT id FROM "${schema}".workspace_members WHERE workspace_id = w.id ORDER BY created_at, id LIMIT 1) m ON true`,
      fields: {
        ...plain('w', ['id', 'name', 'contact_email']),
        created_at: instant('w.created_at'),
        member_id: { column: 'm.id', form: 'plain' },
      },
      at: 'w.created_at',
      id: 'w.id::text',
      filters: {
        id: { column: 'w.id' },
        member_id: { column: 'm.id' },
        contact_email: { column: 'w.contact_email', folded: true },
        name: { column: 'w.name' },
      },
    },
    members: {
      table: 'workspace_members',
      from: `"${schema}".workspace_members m`,
      fields: {
        ...plain('m', ['id', 'workspace_id', 'workos_user_id', 'email']),
        scopes: { column: 'm.scopes', form: 'json' },
        created_at: instant('m.created_at'),
        last_seen_at: instant('m.last_seen_at'),
      },
      at: 'm.created_at',
      id: 'm.id',
      filters: {
        id: { column: 'm.id' },
        workos_user_id: { column: 'm.workos_user_id' },
        workspace_id: { column: 'm.workspace_id' },
        email: { column: 'm.email', folded: true },
      },
    },
    keys: {
      table: 'api_keys',
      from: `"${schema}".api_keys k`,
      fields: {
        ...plain('k', ['id', 'workspace_id', 'name', 'public_id']),
        scopes: { column: 'k.scopes', form: 'json' },
        revoked_at: instant('k.revoked_at'),
        created_at: instant('k.created_at'),
        last_used_at: instant('k.last_used_at'),
      },
      at: 'k.created_at',
      id: 'k.id',
      filters: {
        id: { column: 'k.id' },
        public_id: { column: 'k.public_id' },
        workspace_id: { column: 'k.workspace_id' },
      },
    },
    events: {
      table: 'operation_events',
      from: `"${schema}".operation_events e`,
      fields: {
        ...plain('e', ['id', 'workspace_id', 'actor_type', 'actor_id', 'action', 'target_type', 'target_id']),
        details: { column: 'e.details', form: 'json' },
        request_id: { column: 'e.request_id', form: 'plain' },
        created_at: instant('e.occurred_at'),
      },
      at: 'e.occurred_at',
      id: 'e.id',
      filters: { id: { column: 'e.id' }, workspace_id: { column: 'e.workspace_id' } },
    },
    records: {
      table: 'idempotency_records',
      from: `"${schema}".idempotency_records r LEFT JOIN "${schema}".workspace_members m ON m.id = ${memberId}`,
      only: CALLBACK_ANSWERS,
      fields: {
        idempotency_key: { column: 'r.idempotency_key', form: 'plain' },
        subject: { column: 'm.workos_user_id', form: 'plain' },
        issuer: NOT_STORED,
        member_id: { column: memberId, form: 'plain' },
        outcome: { column: ended(outcome, "'in_flight'"), form: 'plain' },
        status: { column: ended('200', 'NULL'), form: 'plain' },
        key_public_id: { column: publicId, form: 'plain' },
        created_at: instant('r.created_at'),
        body_sha256: NOT_STORED,
        expires_at: NOT_STORED,
      },
      at: 'r.created_at',
      id: "(r.operation || ' ' || r.idempotency_key)",
      filters: { idempotency_key: { column: 'r.idempotency_key' }, member_id: { column: 'm.id' } },
    },
  };
}

const NOT_STORED = { column: 'NULL::text', form: 'plain' } as const;

const instant = (column: string) => ({ column, form: 'instant' }) as const;

function plain<Name extends string>(alias: string, names: readonly Name[]) {
  return Object.fromEntries(names.map((name) => [name, { column: `${alias}.${name}`, form: 'plain' }])) as {
    readonly [N in Name]: { readonly column: string; readonly form: 'plain' };
  };
}

export interface NamedColumn {
  readonly table: ReferenceTable;
  readonly column: string;
}

/** The names that are looked up in this database; nothing is known of the others. */
export const NAMED: Partial<Record<NameKind, NamedColumn>> = {
  member_id: { table: 'workspace_members', column: 'id' },
  workos_user_id: { table: 'workspace_members', column: 'workos_user_id' },
  email: { table: 'workspace_members', column: 'email' },
  workspace_id: { table: 'workspaces', column: 'id::text' },
  key_id: { table: 'api_keys', column: 'id' },
  public_id: { table: 'api_keys', column: 'public_id' },
  idempotency_key: { table: 'idempotency_records', column: 'idempotency_key' },
  event_id: { table: 'operation_events', column: 'id' },
};

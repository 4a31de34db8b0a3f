/** The lists with their columns and filters, declared once for every engine. */
import type { Dialect, ShownForm } from './dialect.ts';
import type { FilterOf, ItemOf, ListName, StatePart, Where } from './read-store.ts';
import {
  API_KEYS,
  ATTEMPTS,
  CALLBACK_RECORDS,
  columnsOf,
  EVENTS,
  type Form,
  MEMBERS,
  type Table,
  UNLISTED,
  USERS,
  WORKSPACES,
} from './tables.ts';

interface Field {
  readonly column: string;
  readonly form: ShownForm;
  readonly older?: Older;
}

/** What is read instead of a column in a schema that does not have it. */
interface Older {
  /** The version that has the column. */
  readonly until: number;
  readonly column: string;
}

interface Filter {
  readonly column: string;
  readonly older?: Older;
  /** Another column that may have the value instead. */
  readonly or?: Pick<Filter, 'column' | 'older'>;
  /** An e-mail address matches in any case. */
  readonly folded?: true;
  /** Given where SQLite would not choose it by itself. */
  readonly index?: string;
  /** An item must have more than the value. */
  readonly above?: true;
}

/** A table, and what statements call it. */
type Named = Pick<Table<unknown>, 'name' | 'alias'>;

/** The fields and filters of a list. */
export interface Selection<K extends ListName> {
  readonly fields: { readonly [F in keyof ItemOf<K>]-?: Field };
  /** The first filter of a query chooses the index. */
  readonly filters: { readonly [F in FilterOf<K>]: Filter };
}

interface ListDefinition<K extends ListName = ListName> extends Selection<K> {
  readonly part: StatePart;
  readonly table: Named;
  readonly join?: { readonly table: Named; readonly on: string };
  /** The column with the time of writing. */
  readonly at: string;
  /** Given where it is not ISO 8601. */
  readonly atForm?: 'until';
}

const SHOWN: Readonly<Record<Form, ShownForm>> = {
  plain: 'plain',
  instant: 'instant',
  json: 'json',
  flag: 'flag',
  bytes: 'hex',
  expiry: 'until',
};

/** Columns of a table, all of them by default. */
function fieldsOf<Row, Name extends keyof Row & string = keyof Row & string>(
  { alias, columns }: Table<Row>,
  names: readonly Name[] = columnsOf({ columns }) as readonly Name[],
): { readonly [N in Name]: Field } {
  const fields = names.map((name) => [name, { column: `${alias}.${name}`, form: SHOWN[columns[name]] }]);
  return Object.fromEntries(fields);
}

function plain<Name extends string>(alias: string, names: readonly Name[]): { readonly [N in Name]: Field } {
  return Object.fromEntries(names.map((name) => [name, { column: `${alias}.${name}`, form: 'plain' }])) as {
    readonly [N in Name]: Field;
  };
}

/** Columns that are newer than their table. @param older what stands for them in a schema before that version */
function added<Name extends string>(
  alias: string,
  names: readonly Name[],
  older: Older,
): { readonly [N in Name]: Field } {
  const fields = names.map((name) => [name, { column: `${alias}.${name}`, form: 'plain', older }]);
  return Object.fromEntries(fields) as { readonly [N in Name]: Field };
}

/** The version of the log of attempts, and of the schema of PostgreSQL, in which these columns were added. */
const SENDERS_VERSION = 2;
const NULL: Older = { until: SENDERS_VERSION, column: 'CAST(NULL AS text)' };
const TOKEN_ID_OF_KEY: Older = {
  until: SENDERS_VERSION,
  column: "CASE WHEN substr(a.idempotency_key, 1, 11) = 'workos-jti:' THEN substr(a.idempotency_key, 12) END",
};
const SENDERS = {
  ...added('a', ['token_id'], TOKEN_ID_OF_KEY),
  ...added('a', ['claimed_issuer', 'claimed_subject', 'claimed_session_id', 'claimed_token_id', 'email'], NULL),
};

export const LISTS: { readonly [K in ListName]: ListDefinition<K> } = {
  // Read through the members, whose ids sort by time: each workspace has one member. The audit finds those without.
  workspaces: {
    part: 'database',
    table: MEMBERS,
    join: { table: WORKSPACES, on: 'w.id = m.workspace_id' },
    fields: { ...fieldsOf(WORKSPACES), member_id: { column: 'm.id', form: 'plain' } },
    at: 'm.created_at',
    filters: {
      id: { column: 'm.workspace_id' },
      member_id: { column: 'm.id' },
      contact_email: { column: 'w.contact_email', folded: true },
      name: { column: 'w.name' },
    },
  },
  members: {
    part: 'database',
    table: MEMBERS,
    fields: fieldsOf(MEMBERS),
    at: 'm.created_at',
    filters: {
      id: { column: 'm.id' },
      workos_user_id: { column: 'm.workos_user_id' },
      workspace_id: { column: 'm.workspace_id' },
      email: { column: 'm.email', folded: true, index: 'members_by_email' },
    },
  },
  keys: {
    part: 'database',
    table: API_KEYS,
    fields: fieldsOf(API_KEYS, columnsOf(API_KEYS, UNLISTED.keys)),
    at: 'k.created_at',
    filters: {
      id: { column: 'k.id' },
      public_id: { column: 'k.public_id' },
      workspace_id: { column: 'k.workspace_id', index: 'keys_by_workspace' },
    },
  },
  events: {
    part: 'database',
    table: EVENTS,
    fields: fieldsOf(EVENTS),
    at: 'e.created_at',
    filters: {
      id: { column: 'e.id' },
      workspace_id: { column: 'e.workspace_id', index: 'events_by_workspace' },
    },
  },
  callbacks: {
    part: 'attempts',
    table: ATTEMPTS,
    fields: { id: { column: 'a.id', form: 'plain' }, ...fieldsOf(ATTEMPTS), ...SENDERS },
    at: 'a.at',
    filters: {
      request_id: { column: 'a.request_id', index: 'attempts_by_request' },
      subject: { column: 'a.subject', index: 'attempts_by_subject' },
      reason: { column: 'a.reason', index: 'attempts_by_reason' },
      outcome: { column: 'a.outcome', index: 'attempts_by_outcome' },
      claimed_subject: { ...SENDERS.claimed_subject, index: 'attempts_by_claim' },
      any_subject: { column: 'a.subject', or: SENDERS.claimed_subject },
      session_id: { column: 'a.session_id' },
      any_session_id: { column: 'a.session_id', or: SENDERS.claimed_session_id },
      any_token_id: { ...SENDERS.token_id, or: SENDERS.claimed_token_id },
      email: { ...SENDERS.email, folded: true, index: 'attempts_by_email' },
      status: { column: 'a.status' },
      milliseconds: { column: 'a.milliseconds', above: true },
    },
  },
  records: {
    part: 'database',
    table: CALLBACK_RECORDS,
    fields: fieldsOf(CALLBACK_RECORDS, columnsOf(CALLBACK_RECORDS, UNLISTED.records)),
    at: 'r.created_at',
    filters: {
      idempotency_key: { column: 'r.idempotency_key' },
      member_id: { column: 'r.member_id', index: 'records_by_member' },
    },
  },
  users: {
    part: 'users',
    table: USERS,
    fields: fieldsOf(USERS, columnsOf(USERS, UNLISTED.users)),
    at: 'u.created_at',
    filters: { id: { column: 'u.id' }, email: { column: 'u.email', folded: true, index: 'users_by_email' } },
  },
  sessions: {
    part: 'users',
    table: { name: 'sessions', alias: 's' },
    fields: {
      ...plain('s', ['id', 'user_id', 'organization_id', 'method', 'failure', 'ip_address', 'user_agent']),
      signed_in_at: { column: 's.signed_in_at', form: 'until' },
      updated_at: { column: 's.updated_at', form: 'until' },
      expires_at: { column: 's.expires_at', form: 'until' },
      ended_at: { column: 's.ended_at', form: 'until' },
    },
    at: 's.signed_in_at',
    atForm: 'until',
    filters: { id: { column: 's.id' }, user_id: { column: 's.user_id', index: 'sessions_by_user' } },
  },
};

/** `workspace_members m`, and what is joined. @param indexed what follows the table, as `filterSql` has it */
export function fromSql(list: ListName, dialect: Dialect, indexed = ''): string {
  const { table, join }: Pick<ListDefinition, 'table' | 'join'> = LISTS[list];
  const named = ({ name, alias }: Named) => `${dialect.table(name)} ${alias}`;
  return `${named(table)}${indexed}${join === undefined ? '' : ` JOIN ${named(join.table)} ON ${join.on}`}`;
}

/** `m.id AS id, m.email AS email, …` */
export function selectedBy(selection: Selection<never>, dialect: Dialect): string {
  return fieldsIn(selection)
    .map(([name, field]) => `${dialect.select(columnIn(field, dialect), field.form)} AS ${name}`)
    .join(', ');
}

/** @param row the selected columns, and perhaps others */
export function itemOf<K extends ListName>(
  selection: Selection<K>,
  row: Readonly<Record<string, unknown>>,
  dialect: Dialect,
): ItemOf<K> {
  const values = fieldsIn(selection).map(([name, { form }]) => [name, dialect.read(row[name], form)]);
  return Object.fromEntries(values) as unknown as ItemOf<K>;
}

interface FilterSql {
  readonly conditions: readonly string[];
  /** The values of the conditions, from the first parameter on. */
  readonly values: readonly string[];
  /** The clause after the table. */
  readonly indexed: string;
}

export function filterSql<K extends ListName>({ filters }: Selection<K>, where: Where<K>, dialect: Dialect): FilterSql {
  const asked = Object.entries<Filter>(filters).flatMap(([name, filter]) => {
    const accepted = (where as Readonly<Record<string, readonly string[] | undefined>>)[name];
    return accepted === undefined ? [] : [{ ...filter, accepted }];
  });
  let given = 0;
  const conditions = asked.map((filter) => {
    const { folded, above, or, accepted } = filter;
    const column = columnIn(filter, dialect);
    const parameters = accepted.map(() => dialect.parameter(++given));
    if (accepted.length === 0) return 'FALSE';
    if (above) return parameters.map((parameter) => `${column} > ${parameter}`).join(' AND ');
    const compared = (text: string) => (folded ? dialect.folded(text) : text);
    const among = (name: string) => `${compared(name)} IN (${parameters.map(compared).join(', ')})`;
    return or === undefined ? among(column) : `(${among(column)} OR ${among(columnIn(or, dialect))})`;
  });
  const first = asked.find(({ accepted }) => accepted.length > 0);
  const index = first && isIn(first, dialect) ? first.index : undefined;
  return {
    conditions,
    values: asked.flatMap(({ accepted }) => accepted),
    indexed: index === undefined ? '' : dialect.indexed(index),
  };
}

function isIn({ older }: Pick<Filter, 'older'>, { version }: Dialect): boolean {
  return older === undefined || version >= older.until;
}

function columnIn(field: Pick<Filter, 'column' | 'older'>, dialect: Dialect): string {
  return isIn(field, dialect) ? field.column : (field.older as Older).column;
}

function fieldsIn({ fields }: Pick<Selection<never>, 'fields'>): readonly (readonly [name: string, field: Field])[] {
  return Object.entries<Field>(fields);
}

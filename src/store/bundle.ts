/** A bundle: everything that a state knows about one user, for a ticket. Addresses and names are replaced by pseudonyms. */
import { Failure } from '../errors/failure.ts';
import { readTextFile } from '../machine/file-bytes.ts';
import { readJson } from '../machine/json-file.ts';
import { isoTime } from '../machine/values/time.ts';
import { pseudonyms } from './pseudonyms.ts';
import type { ItemOf, ListName, Reads, Where } from './read-store.ts';
import { findSubjects } from './view/member-names.ts';
import { ambiguous } from './view/names.ts';

/** In an order in which they can be inserted. */
export const BUNDLED = [
  'workspaces',
  'members',
  'keys',
  'events',
  'records',
  'callbacks',
  'users',
  'sessions',
] as const;

export interface Bundle {
  readonly bundle: 'agent-paste';
  readonly schema_version: 1;
  readonly made_at: string;
  /** Of each list, newest first. */
  readonly items: { readonly [K in ListName]: readonly ItemOf<K>[] };
}

/** The newest so many of each list. */
const MOST = 10_000;
/** A bundle with that many callbacks is smaller. */
const MAX_BYTES = 33_554_432;

/**
 * @param who any name of the user, who need not be a member
 * @throws Failure not_found, invalid_argument if the name is ambiguous
 */
export async function bundleOf(reads: Reads, who: string, now: number): Promise<Bundle> {
  const [subject = '', ...others] = [...new Set(await findSubjects(reads, who))];
  if (others.length > 0) throw ambiguous('user', who, [subject, ...others]);
  const all = async <K extends ListName>(list: K, where: Where<K>): Promise<readonly ItemOf<K>[]> =>
    (await reads.list(list, { limit: MOST, where })).items;
  const [hasDatabase, hasLog, hasUsers] = [
    await reads.has('database'),
    await reads.has('attempts'),
    await reads.has('users'),
  ];
  const members = hasDatabase ? await all('members', { workos_user_id: [subject] }) : [];
  const ids = members.map(({ id }) => id);
  const workspace_id = members.map((member) => member.workspace_id);
  const ofMembers = members.length > 0;
  const { address, text } = pseudonyms();
  const callbacks = hasLog ? await all('callbacks', { any_subject: [subject] }) : [];
  const workspaces = ofMembers ? await all('workspaces', { member_id: ids }) : [];
  const users = hasUsers ? await all('users', { id: [subject] }) : [];
  const sessions = hasUsers ? await all('sessions', { user_id: [subject] }) : [];
  return {
    bundle: 'agent-paste',
    schema_version: 1,
    made_at: isoTime(now),
    items: {
      // The name of a workspace is made from the first address.
      workspaces: workspaces.map((row) => ({
        ...text(row),
        name: `Workspace of ${address(row.contact_email)}`,
        contact_email: address(row.contact_email),
      })),
      members: members.map((row) => ({ ...text(row), email: address(row.email) })),
      keys: (ofMembers ? await all('keys', { workspace_id }) : []).map(text),
      events: (ofMembers ? await all('events', { workspace_id }) : []).map(text),
      records: (ofMembers ? await all('records', { member_id: ids }) : []).map(text),
      callbacks: callbacks.map((row) => ({ ...text(row), email: address(row.email) })),
      users: users.map((row) => ({ ...text(row), email: address(row.email), first_name: null, last_name: null })),
      sessions: sessions.map((row) => ({ ...text(row), ip_address: null, user_agent: null })),
    },
  };
}

/** @throws Failure invalid_argument for a file that is no bundle */
export function readBundle(path: string): Bundle {
  const refuse = (why: string) =>
    new Failure(
      'invalid_argument',
      `${path}: ${why}`,
      'A bundle is what `agent-paste inspect bundle --out <file>` wrote.',
    );
  const text = readTextFile({ path, name: path, code: 'invalid_argument', most: MAX_BYTES });
  const file = readJson(text);
  if (file === undefined) throw refuse('not JSON');
  if (file.unusable !== undefined) throw refuse(`line ${file.unusable.line}: ${file.unusable.what}`);
  const { bundle, schema_version, items } = Object(file.value) as Partial<Record<keyof Bundle, unknown>>;
  if (bundle !== 'agent-paste') throw refuse('not a bundle of agent-paste');
  if (schema_version !== 1) throw refuse(`schema_version: must be 1, the version that this program knows`);
  for (const list of BUNDLED) {
    const rows = (Object(items) as Record<string, unknown>)[list];
    if (!Array.isArray(rows)) throw refuse(`items.${list}: must be a list`);
    const odd = rows.findIndex((row) => typeof row !== 'object' || row === null || Array.isArray(row));
    if (odd >= 0) throw refuse(`items.${list}[${odd}]: must be an object`);
  }
  return file.value as Bundle;
}

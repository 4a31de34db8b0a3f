/** An API key: its owner, and whether it is used. */
import type { KeyItem, MemberItem, Reads, Where, WorkspaceItem } from '../read-store.ts';
import { keysOf, memberWithId, workspaceOf } from './belongings.ts';
import { membersNamed } from './member-names.ts';
import { ambiguous, matchesOf, notFound, ofEach, type Way } from './names.ts';
import { type ShownKey, shown } from './shown.ts';

export interface KeyView {
  readonly api_key: ShownKey;
  readonly workspace: WorkspaceItem;
  readonly workspace_member: MemberItem | null;
  /** Request id of the callback that made it; null when the event is gone. */
  readonly created_by: string | null;
}

const WAYS: readonly Way[] = [{ kind: 'key_id' }, { kind: 'public_id' }];

/**
 * @param text a name of the key, or of the member if it has only one key
 * @throws Failure not_found, invalid_argument if the name is ambiguous
 */
export async function keyView(reads: Reads, text: string, { now }: { readonly now: number }): Promise<KeyView> {
  const key = await findKey(reads, text);
  const workspace = await workspaceOf(reads, key.workspace_id);
  const member = await memberWithId(reads, workspace.member_id);
  return {
    api_key: shown('keys', key, now),
    workspace: shown('workspaces', workspace, now),
    workspace_member: member === undefined ? null : shown('members', member, now),
    created_by: await makerOf(reads, key),
  };
}

/** Events that are looked at: those of a sign-in are the first of a workspace. */
const MOST_EVENTS = 1000;

async function makerOf(reads: Reads, { id, workspace_id }: KeyItem): Promise<string | null> {
  const { items } = await reads.list('events', { limit: MOST_EVENTS, where: { workspace_id: [workspace_id] } });
  const made = items.find(({ action, target_id }) => action === 'api_key.created' && target_id === id);
  return made?.request_id ?? null;
}

async function findKey(reads: Reads, text: string): Promise<KeyItem> {
  const named = await ofEach(await matchesOf(reads, WAYS, text), async ({ kind, name }) => {
    const where: Where<'keys'> = kind === 'key_id' ? { id: [name] } : { public_id: [name] };
    return (await reads.list('keys', { limit: 1, where })).items;
  });
  const found =
    named.length > 0
      ? named
      : await ofEach(await membersNamed(reads, text), ({ workspace_id }) => keysOf(reads, workspace_id));
  const keys = [...new Map(found.map((key) => [key.id, key])).values()];
  const [key] = keys;
  if (key === undefined) throw await notFound(reads, WAYS, { what: 'API key', text });
  if (keys.length > 1)
    throw ambiguous(
      'API key',
      text,
      keys.map(({ id, public_id, name }) => `${id}  ${public_id}  ${name}`),
    );
  return key;
}

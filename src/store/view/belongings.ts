/** Finds related rows by their ids: the workspace of a member, the member of a key. */
import { Failure } from '../../errors/failure.ts';
import type { CallbackItem, KeyItem, MemberItem, Reads, Where, WorkspaceItem } from '../read-store.ts';

/** Largest number of keys on a page; a workspace has one at first. */
const MOST_KEYS = 100;

/** @throws Failure state_corrupt if the row is missing, which a foreign key forbids */
export async function workspaceOf(reads: Reads, id: string): Promise<WorkspaceItem> {
  const [workspace] = (await reads.list('workspaces', { limit: 1, where: { id: [id] } })).items;
  if (workspace === undefined)
    throw new Failure('state_corrupt', `the workspace ${id} is missing`, 'See `agent-paste inspect --audit`.');
  return workspace;
}

export async function keysOf(reads: Reads, workspaceId: string): Promise<readonly KeyItem[]> {
  return (await reads.list('keys', { limit: MOST_KEYS, where: { workspace_id: [workspaceId] } })).items;
}

export async function oneMember(reads: Reads, where: Where<'members'>): Promise<MemberItem | undefined> {
  return (await reads.list('members', { limit: 1, where })).items[0];
}

/** @param id null where the row names no member */
export async function memberWithId(reads: Reads, id: string | null): Promise<MemberItem | undefined> {
  return id === null ? undefined : oneMember(reads, { id: [id] });
}

/** Callbacks of a session that are looked at, the newest. */
const MOST_OF_SESSION = 100;

/** The callbacks of verified tokens with that session id, newest first. */
export async function callbacksOfSession(reads: Reads, sessionId: string): Promise<readonly CallbackItem[]> {
  if (!(await reads.has('attempts'))) return [];
  return (await reads.list('callbacks', { limit: MOST_OF_SESSION, where: { session_id: [sessionId] } })).items;
}

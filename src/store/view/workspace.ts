/** A workspace: its member, keys and events. */
import { memberSummary, workspaceSummary } from '../../callback/workspace/answer.ts';
import type { MemberItem, Reads, WorkspaceItem } from '../read-store.ts';
import { keysOf, workspaceOf } from './belongings.ts';
import { findMember } from './member-names.ts';
import { ambiguous } from './names.ts';
import { type ShownEvent, type ShownKey, shown } from './shown.ts';

/** As in the answer of a callback, with the ids that support needs. */
export interface WorkspaceHead {
  readonly workspace: Omit<WorkspaceItem, 'member_id'>;
  readonly workspace_member: MemberItem;
}

export interface WorkspaceView extends WorkspaceHead {
  readonly api_keys: readonly ShownKey[];
  /** Oldest first. */
  readonly events: readonly ShownEvent[];
  /** Whether there are older events. */
  readonly page_info: { readonly has_more: boolean };
}

/**
 * @param text a name of the workspace or of its member
 * @param limit largest number of events; the newest are shown
 * @throws Failure not_found, invalid_argument if the name is ambiguous
 */
export async function workspaceView(
  reads: Reads,
  text: string,
  { limit, now }: { readonly limit: number; readonly now: number },
): Promise<WorkspaceView> {
  const member = await findMember(reads, await memberOfWorkspace(reads, text), 'workspace');
  const workspace = await workspaceOf(reads, member.workspace_id);
  const keys = await keysOf(reads, workspace.id);
  const { items, nextCursor } = await reads.list('events', { limit, where: { workspace_id: [workspace.id] } });
  return {
    ...workspaceHead(workspace, member),
    api_keys: keys.map((key) => shown('keys', key, now)),
    events: items.toReversed().map((event) => shown('events', event, now)),
    page_info: { has_more: nextCursor !== null },
  };
}

export function workspaceHead({ contact_email, ...workspace }: WorkspaceItem, member: MemberItem): WorkspaceHead {
  return {
    workspace: { ...workspaceSummary(workspace), contact_email },
    workspace_member: { ...memberSummary(member), workos_user_id: member.workos_user_id },
  };
}

const MOST_NAMESAKES = 11;

/** What `findMember` finds: the id of the workspace for its name, which has a space as no other name has. */
async function memberOfWorkspace(reads: Reads, text: string): Promise<string> {
  if (!text.includes(' ')) return text;
  const { items } = await reads.list('workspaces', { limit: MOST_NAMESAKES, where: { name: [text] } });
  if (items.length > 1)
    throw ambiguous(
      'workspace',
      text,
      items.map(({ id, contact_email }) => `${id}  ${contact_email ?? ''}`),
    );
  return items[0]?.id ?? text;
}

/** An operation event, and the callback that made it. */
import type { CallbackItem, EventItem, MemberItem, Reads, WorkspaceItem } from '../read-store.ts';
import { memberWithId, workspaceOf } from './belongings.ts';
import { ambiguous, matchesOf, notFound, type Way } from './names.ts';
import { type ShownEvent, shown } from './shown.ts';

export interface EventView {
  readonly event: ShownEvent;
  readonly workspace: WorkspaceItem | null;
  readonly workspace_member: MemberItem | null;
  /** With the request id of the event, oldest first; none if the log no longer has them. */
  readonly callbacks: readonly CallbackItem[];
}

const WAYS: readonly Way[] = [{ kind: 'event_id' }];

/**
 * @param text the evt_ id
 * @param limit largest number of callbacks; the newest are shown
 * @throws Failure not_found, invalid_argument if the name is ambiguous
 */
export async function eventView(
  reads: Reads,
  text: string,
  { limit, now }: { readonly limit: number; readonly now: number },
): Promise<EventView> {
  const event = await findEvent(reads, text);
  const workspace = event.workspace_id === null ? null : await workspaceOf(reads, event.workspace_id);
  const member = await memberWithId(reads, workspace?.member_id ?? null);
  const { request_id } = event;
  const callbacks =
    request_id !== null && (await reads.has('attempts'))
      ? (await reads.list('callbacks', { limit, where: { request_id: [request_id] } })).items
      : [];
  return {
    event: shown('events', event, now),
    workspace: workspace === null ? null : shown('workspaces', workspace, now),
    workspace_member: member === undefined ? null : shown('members', member, now),
    callbacks: callbacks.toReversed().map((item) => shown('callbacks', item, now)),
  };
}

async function findEvent(reads: Reads, text: string): Promise<EventItem> {
  const names = (await matchesOf(reads, WAYS, text)).map(({ name }) => name);
  if (names.length > 1) throw ambiguous('event', text, names);
  const [event] = (await reads.list('events', { limit: 1, where: { id: names } })).items;
  if (event === undefined)
    throw await notFound(reads, WAYS, { what: 'event', text, hint: 'See `agent-paste inspect events`.' });
  return event;
}

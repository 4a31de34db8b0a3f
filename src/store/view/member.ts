/** A member with its history: workspace, keys, sessions, and each callback in order. */
import type { CallbackItem, EventItem, MemberItem, Reads, UserItem, Where } from '../read-store.ts';
import { type AddressSeen, addressesOf } from './addresses.ts';
import { keysOf, workspaceOf } from './belongings.ts';
import { findMember } from './member-names.ts';
import { type ShownKey, type ShownRecord, shown } from './shown.ts';
import { userWithId } from './user.ts';
import { type WorkspaceHead, workspaceHead } from './workspace.ts';

export interface SessionSeen {
  readonly session_id: string;
  readonly first_seen_at: string;
  readonly last_seen_at: string;
  readonly callbacks: number;
}

export interface MemberView extends WorkspaceHead {
  readonly scopes: readonly string[];
  /** Oldest first. */
  readonly addresses: readonly AddressSeen[];
  /** The user in the directory of the local WorkOS; null if there is none, or no directory. */
  readonly workos_user: UserItem | null;
  readonly api_keys: readonly ShownKey[];
  /** The request that created the member. */
  readonly provisioned: { readonly at: string; readonly request_id: string | null } | null;
  readonly sessions: readonly SessionSeen[];
  /** Oldest first. */
  readonly callbacks: readonly CallbackItem[];
  /** Refused callbacks whose unverified token says that it is of this user; anyone can say so. The newest, oldest first. */
  readonly claimed_callbacks: readonly CallbackItem[];
  /** The answers that are stored for the member, newest first. */
  readonly records: readonly ShownRecord[];
  /** Whether there are older callbacks of the member. */
  readonly page_info: { readonly has_more: boolean };
}

/** Number of callbacks that are searched for sessions; the timeline shows fewer. */
const LOOKED_THROUGH = 1000;

/**
 * @param text a name of the member
 * @param limit largest number of callbacks; the newest are shown
 * @throws Failure not_found, invalid_argument if the name is ambiguous
 */
export async function memberView(
  reads: Reads,
  text: string,
  { limit, now }: { readonly limit: number; readonly now: number },
): Promise<MemberView> {
  const member = await findMember(reads, text);
  const workspace = await workspaceOf(reads, member.workspace_id);
  const keys = await keysOf(reads, member.workspace_id);
  const attempts = await attemptsOf(reads, { subject: [member.workos_user_id] }, LOOKED_THROUGH);
  const claimed = await attemptsOf(reads, { claimed_subject: [member.workos_user_id] }, limit);
  const callbacks = attempts.slice(-limit);
  const created = await firstEvent(reads, member);
  const provisionedBy = created?.request_id ?? null;
  return {
    ...workspaceHead(workspace, member),
    scopes: member.scopes,
    addresses: addressesOf({ member, workspace, provisionedBy, attempts }),
    workos_user: (await userWithId(reads, member.workos_user_id)) ?? null,
    api_keys: keys.map((key) => shown('keys', key, now)),
    provisioned: created === undefined ? null : { at: created.created_at, request_id: created.request_id },
    sessions: sessionsIn(attempts),
    callbacks: callbacks.map((item) => shown('callbacks', item, now)),
    claimed_callbacks: claimed.map((item) => shown('callbacks', item, now)),
    records: await recordsOf(reads, member, { limit, now }),
    page_info: { has_more: attempts.length > callbacks.length },
  };
}

/** The newest so many, oldest first. */
async function attemptsOf(reads: Reads, where: Where<'callbacks'>, limit: number): Promise<readonly CallbackItem[]> {
  if (!(await reads.has('attempts'))) return [];
  return (await reads.list('callbacks', { limit, where })).items.toReversed();
}

async function recordsOf(
  reads: Reads,
  { id }: MemberItem,
  { limit, now }: { readonly limit: number; readonly now: number },
): Promise<readonly ShownRecord[]> {
  const { items } = await reads.list('records', { limit, where: { member_id: [id] } });
  return items.map((record) => shown('records', record, now));
}

function sessionsIn(attempts: readonly CallbackItem[]): readonly SessionSeen[] {
  const sessions = new Map<string, SessionSeen>();
  for (const { session_id, at } of attempts) {
    if (session_id === null) continue;
    const known = sessions.get(session_id);
    sessions.set(session_id, {
      session_id,
      first_seen_at: known?.first_seen_at ?? at,
      last_seen_at: at,
      callbacks: (known?.callbacks ?? 0) + 1,
    });
  }
  return [...sessions.values()];
}

/** The event of the new workspace names the request. */
async function firstEvent(reads: Reads, { workspace_id }: MemberItem): Promise<EventItem | undefined> {
  const { items } = await reads.list('events', { limit: LOOKED_THROUGH, where: { workspace_id: [workspace_id] } });
  return items.findLast(({ action }) => action === 'workspace.created');
}

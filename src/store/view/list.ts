/** A page of a list, and the filters that choose its items. */
import type { ListName, ListQuery, Reads, Where } from '../read-store.ts';
import { findClaimedSubjects, findMembers, findSubjects } from './member-names.ts';
import { type ShownOf, shown } from './shown.ts';

export interface ListView<K extends ListName> {
  /** Newest first. */
  readonly items: readonly ShownOf<K>[];
  readonly page_info: { readonly next_cursor: string | null; readonly has_more: boolean };
}

/** @throws ApiError invalid_cursor, Failure not_found if the part does not exist */
export async function listView<K extends ListName>(
  reads: Reads,
  list: K,
  query: ListQuery<K>,
  { now }: { readonly now: number },
): Promise<ListView<K>> {
  const { items, nextCursor } = await reads.list(list, query);
  return {
    items: items.map((item) => shown(list, item, now)),
    page_info: { next_cursor: nextCursor, has_more: nextCursor !== null },
  };
}

/** Users with one address, at most. */
const MOST_SHARING = 1000;

export interface Wanted {
  /** Any name of a member; for `users`, the e-mail address; for `sessions`, that or the user id. */
  readonly who?: string | undefined;
  /** For callbacks only: also those whose unverified token says that it is of that user. */
  readonly claimed?: true | undefined;
  /** For callbacks only: the values that each may have. */
  readonly callbacks?: Where<'callbacks'>;
}

/** The filters of a list for these wishes. @throws Failure not_found if no member has that name */
export async function whereOf<K extends ListName>(reads: Reads, list: K, wanted: Wanted): Promise<Where<K>>;
export async function whereOf(reads: Reads, list: ListName, wanted: Wanted): Promise<Where<ListName>> {
  const { who, callbacks: own = {} } = wanted;
  return who === undefined ? own : { ...own, ...(await ownedBy(reads, list, who, wanted)) };
}

async function ownedBy(reads: Reads, list: ListName, who: string, { claimed }: Wanted): Promise<Where<ListName>> {
  if (list === 'users') return { email: [who] } satisfies Where<'users'>;
  if (list === 'sessions') return { user_id: await usersNamed(reads, who) } satisfies Where<'sessions'>;
  if (list === 'callbacks' && claimed)
    return { any_subject: await findClaimedSubjects(reads, who) } satisfies Where<'callbacks'>;
  if (list === 'callbacks') return { subject: await findSubjects(reads, who) } satisfies Where<'callbacks'>;
  const found = await findMembers(reads, who);
  if (list === 'members') return { id: found.map(({ id }) => id) } satisfies Where<'members'>;
  if (list === 'workspaces' || list === 'records')
    return { member_id: found.map(({ id }) => id) } satisfies Where<'records'>;
  return { workspace_id: found.map(({ workspace_id }) => workspace_id) } satisfies Where<'keys'>;
}

async function usersNamed(reads: Reads, who: string): Promise<readonly string[]> {
  if (!(await reads.has('users'))) return [];
  const { items } = await reads.list('users', { limit: MOST_SHARING, where: { email: [who] } });
  return [who, ...items.map(({ id }) => id)];
}

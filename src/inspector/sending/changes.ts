/** What sends changed of one user. */
import type { ReadStore } from '../../store/read-store.ts';

export interface UserState {
  readonly members: number;
  readonly keys: number;
  readonly events: number;
  readonly lastSeenAt: string | undefined;
}

/** Events that are counted; a user has a few. */
const MOST = 200;

export async function stateOf(reads: ReadStore, subject: string): Promise<UserState> {
  const { items } = await reads.list('members', { limit: 1, where: { workos_user_id: [subject] } });
  const [member] = items;
  if (member === undefined) return { members: 0, keys: 0, events: 0, lastSeenAt: undefined };
  const where = { workspace_id: [member.workspace_id] };
  const keys = await reads.list('keys', { limit: MOST, where });
  const events = await reads.list('events', { limit: MOST, where });
  return { members: 1, keys: keys.items.length, events: events.items.length, lastSeenAt: member.last_seen_at };
}

/** "1 member, 1 API key and 3 events more" */
export function whatChanged(before: UserState, after: UserState): string {
  const more = (
    [
      ['member', after.members - before.members],
      ['API key', after.keys - before.keys],
      ['event', after.events - before.events],
    ] as const
  ).flatMap(([name, count]) => (count === 0 ? [] : `${count} ${name}${count === 1 ? '' : 's'}`));
  const rows = more.length === 0 ? [] : [`${more.join(', ').replace(/, ([^,]*)$/, ' and $1')} more`];
  const seen = before.members === 1 && before.lastSeenAt !== after.lastSeenAt ? ['last_seen_at is later'] : [];
  return [...rows, ...seen].join('; ') || 'nothing changed';
}

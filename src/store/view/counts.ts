/** Callbacks counted by what they have in common. */
import { callbacksOf } from '../attempt-log.ts';
import type { CallbackItem, ListQuery, Reads } from '../read-store.ts';

export const COUNTED = ['reason', 'user', 'outcome', 'hour'] as const;

export type Counted = (typeof COUNTED)[number];

export interface Count {
  /** A reason or an error code, a WorkOS user id, an outcome, or the beginning of an hour; null where a callback has none. */
  readonly value: string | null;
  /** The user is what unverified tokens say. */
  readonly claimed: boolean;
  readonly callbacks: number;
  /** Different users among them, as far as their tokens were verified. */
  readonly users: number;
  /** ISO 8601, as is the last. */
  readonly first_at: string;
  readonly last_at: string;
}

export interface CountsView {
  readonly by: Counted;
  /** The largest first; hours as they come, newest first. */
  readonly items: readonly Count[];
  readonly callbacks: number;
}

type Value = Pick<Count, 'value' | 'claimed'>;

const VALUES: Readonly<Record<Counted, (item: CallbackItem) => Value>> = {
  reason: ({ reason }) => ({ value: reason, claimed: false }),
  user: senderOf,
  outcome: ({ outcome }) => ({ value: outcome, claimed: false }),
  hour: ({ at }) => ({ value: `${at.slice(0, 13)}:00:00.000Z`, claimed: false }),
};

/** A row that stands for several callbacks has the user of the last one only. */
function senderOf(item: CallbackItem): Value {
  const { subject, claimed_subject: claim } = item;
  if (callbacksOf(item) > 1) return { value: null, claimed: false };
  return { value: subject ?? claim, claimed: subject === null && claim !== null };
}

const PAGE = 10_000;

/** @throws Failure not_found where there is no log */
export async function countedBy(
  reads: Reads,
  by: Counted,
  { since, until, where }: Pick<ListQuery<'callbacks'>, 'since' | 'until' | 'where'>,
): Promise<CountsView> {
  const groups = new Map<
    string,
    Value & { callbacks: number; users: Set<string>; first_at: string; last_at: string }
  >();
  let callbacks = 0;
  let cursor: string | undefined;
  do {
    const { items, nextCursor } = await reads.list('callbacks', { limit: PAGE, cursor, since, until, where });
    for (const item of items) {
      const value = VALUES[by](item);
      const name = JSON.stringify(value);
      const group = groups.get(name) ?? {
        ...value,
        callbacks: 0,
        users: new Set(),
        first_at: item.at,
        last_at: item.at,
      };
      group.callbacks += callbacksOf(item);
      if (item.subject !== null && callbacksOf(item) === 1) group.users.add(item.subject);
      if (item.at < group.first_at) group.first_at = item.at;
      if (item.at > group.last_at) group.last_at = item.at;
      groups.set(name, group);
    }
    callbacks += items.reduce((sum, item) => sum + callbacksOf(item), 0);
    cursor = nextCursor ?? undefined;
  } while (cursor !== undefined);
  const items = [...groups.values()].map(({ users, ...group }): Count => ({ ...group, users: users.size }));
  items.sort((a, b) =>
    by === 'hour' ? order(b.value, a.value) : b.callbacks - a.callbacks || order(a.value, b.value),
  );
  return { by, items, callbacks };
}

/** A callback without a value comes last. */
function order(one: string | null, other: string | null): number {
  if (one === other) return 0;
  if (one === null || other === null) return one === null ? 1 : -1;
  return one < other ? -1 : 1;
}

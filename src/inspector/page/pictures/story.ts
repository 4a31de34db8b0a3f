/** The story of a member, from times to places in a picture. */
import type { CallbackRow, MemberAnswer, RecordRow } from '../../api-types.ts';
import { type FoldedAxis, foldedAxis } from './folded-axis.ts';

interface StoryDot {
  readonly row: CallbackRow;
  readonly x: number;
}

interface StorySession {
  readonly id: string;
  readonly y: number;
  /** In the order of time. */
  readonly dots: readonly StoryDot[];
}

interface StoryBar {
  readonly x1: number;
  readonly x2: number;
  readonly y: number;
}

export interface Story {
  readonly axis: FoldedAxis;
  readonly sessions: readonly StorySession[];
  readonly records: readonly (StoryBar & { readonly record: RecordRow })[];
  readonly keys: readonly (StoryBar & {
    readonly key: MemberAnswer['api_keys'][number];
    readonly used: number | null;
  })[];
  readonly addresses: readonly (StoryBar & { readonly email: string })[];
  readonly signing: readonly (StoryBar & { readonly kid: string; readonly retired: boolean })[];
  /** The upper edge of each lane. */
  readonly tops: {
    readonly records: number;
    readonly keys: number;
    readonly addresses: number;
    readonly signing: number;
  };
  readonly now: number;
  readonly height: number;
}

const TOP = 34;
const SESSION = 26;
const RECORD = 8;
const LINE = 26;
const MOST_SESSION_LANES = 8;
const MOST_RECORD_LANES = 8;
const DOT = 14;
/** Idle time that is longer than this part of the whole is folded. */
const QUARTER = 0.25;
/** A fold says how long it is in minutes at least. */
const LEAST_FOLD = 120_000;

export function storyOf(member: MemberAnswer, now: number, width: number): Story {
  const axis = axisOf(member, now, width);
  const x = (iso: string | null) => axis.xOf(iso === null ? now : Math.min(now, Date.parse(iso)));
  const sessions = sessionsOf(member.callbacks, x, width);
  const recordsTop = TOP + 10 + SESSION * Math.max(1, ...sessions.map(({ lane }) => lane + 1));
  const bars = member.records
    .toReversed()
    .map((record) => ({ record, x1: x(record.created_at), x2: x(record.expires_at) }));
  const recordLanes = lanesOf(
    bars.map(({ x1, x2 }) => [x1, x2] as const),
    MOST_RECORD_LANES,
  );
  const keysTop = recordsTop + 16 + RECORD * Math.max(3, ...recordLanes.map((lane) => lane + 1));
  const addressesTop = keysTop + LINE * Math.max(1, member.api_keys.length);
  const signingTop = addressesTop + LINE;
  return {
    axis,
    sessions: sessions.map(({ lane, ...session }) => ({ ...session, y: TOP + 12 + lane * SESSION })),
    records: bars.map((bar, index) => ({ ...bar, y: recordsTop + (recordLanes[index] ?? 0) * RECORD })),
    keys: member.api_keys.map((key, index) => ({
      key,
      x1: x(key.created_at),
      x2: x(key.revoked_at),
      y: keysTop + index * LINE,
      used: key.last_used_at === null ? null : x(key.last_used_at),
    })),
    addresses: member.addresses.map(({ email, since }, index) => ({
      email,
      x1: x(since),
      x2: x(member.addresses[index + 1]?.since ?? null),
      y: addressesTop,
    })),
    signing: member.signing_keys
      .filter(({ retired_at }) => retired_at === null || Date.parse(retired_at) > (axis.pieces[0]?.from ?? 0))
      .map(({ kid, created_at, retired_at }) => ({
        kid,
        retired: retired_at !== null,
        x1: x(created_at),
        x2: x(retired_at),
        y: signingTop,
      })),
    tops: { records: recordsTop, keys: keysTop, addresses: addressesTop, signing: signingTop },
    now: axis.xOf(now),
    height: signingTop + LINE,
  };
}

function axisOf(
  { callbacks, workspace_member, api_keys, addresses }: MemberAnswer,
  now: number,
  width: number,
): FoldedAxis {
  const times = [
    ...callbacks.map(({ at }) => at),
    ...addresses.map(({ since }) => since),
    ...api_keys.flatMap(({ created_at, revoked_at, last_used_at }) => [created_at, revoked_at, last_used_at]),
    workspace_member.created_at,
  ]
    .flatMap((iso) => (iso === null ? [] : [Date.parse(iso)]))
    .filter((time) => time <= now);
  const busy = [...times, now].map((time) => ({ from: time, until: time }));
  const span = now - Math.min(now, ...times);
  return foldedAxis(busy, { width, longest: Math.max(LEAST_FOLD, span * QUARTER) });
}

function sessionsOf(callbacks: readonly CallbackRow[], x: (iso: string) => number, width: number) {
  const bySession = Map.groupBy(callbacks, ({ session_id }) => session_id ?? '');
  const sessions = [...bySession].map(([id, rows]) => ({
    id,
    dots: spread(
      rows.map((row) => ({ row, x: x(row.at) })),
      width,
    ),
  }));
  const reach = sessions.map(({ dots }) => [(dots[0]?.x ?? 0) - DOT, (dots.at(-1)?.x ?? 0) + DOT] as const);
  const shared = lanesOf(reach, 2 * MOST_SESSION_LANES);
  const isFew = sessions.length <= MOST_SESSION_LANES;
  return sessions.map((session, index) => ({ ...session, lane: isFew ? index : (shared[index] ?? 0) }));
}

/** Dots beside each other, as far as there is room, in the order of time. */
function spread(dots: readonly StoryDot[], width: number): readonly StoryDot[] {
  const gap = Math.min(DOT, width / Math.max(1, dots.length));
  const placed = [...dots];
  for (let index = 1; index < placed.length; index++) {
    const [before, dot] = [placed[index - 1], placed[index]];
    if (before !== undefined && dot !== undefined) placed[index] = { ...dot, x: Math.max(dot.x, before.x + gap) };
  }
  let edge = width;
  return placed
    .toReversed()
    .map((dot) => {
      const x = Math.min(dot.x, edge);
      edge = x - gap;
      return { ...dot, x };
    })
    .toReversed();
}

/** The first lane that is free, for intervals in the order of their beginning; the last lane takes what finds none. */
export function lanesOf(intervals: readonly (readonly [number, number])[], most: number): readonly number[] {
  const ends: number[] = [];
  return intervals.map(([start, end]) => {
    const free = ends.findIndex((until) => until <= start);
    const lane = free >= 0 ? free : ends.length < most ? ends.length : most - 1;
    ends[lane] = Math.max(ends[lane] ?? end, end);
    return lane;
  });
}

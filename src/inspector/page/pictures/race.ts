/** The race of the callbacks of one key: who came when, who waited, who committed. */
import type { CallbackWithDetail } from '../../api-types.ts';
import { type FoldedAxis, foldedAxis } from './folded-axis.ts';
import { type Segment, segmentsOf } from './segments.ts';

interface RaceSegment extends Segment {
  readonly x1: number;
  readonly x2: number;
}

export interface RaceLane {
  readonly kind: 'lane';
  /** From 1, in the order of arrival. */
  readonly number: number;
  readonly callback: CallbackWithDetail;
  readonly y: number;
  readonly segments: readonly RaceSegment[];
  /** Where the bar ends. */
  readonly end: number;
  /** Where it stopped to wait, if it did; a ring stands there. */
  readonly waitedUntil: number | null;
  /** Whether its bytes are those of the first answer; null where that is not known. */
  readonly same: boolean | null;
  readonly note: string;
}

interface RaceFold {
  readonly kind: 'fold';
  readonly y: number;
  /** Callbacks that are left out. */
  readonly count: number;
}

export interface Race {
  readonly axis: FoldedAxis;
  readonly lanes: readonly (RaceLane | RaceFold)[];
  readonly commit: { readonly x: number; readonly until: number } | null;
  /** Microseconds since 1970 of the first arrival. */
  readonly start: number;
  readonly laneHeight: number;
  readonly height: number;
  /** Callbacks without details, which are in no lane. */
  readonly unknown: number;
}

export const RACE_TOP = 30;
const ALL = 40;
const FIRST = 20;
const LAST = 10;

export function raceOf(callbacks: readonly CallbackWithDetail[], width: number): Race {
  const known = callbacks
    .filter(({ detail }) => detail !== null)
    .sort((a, b) => (a.detail?.started_us ?? 0) - (b.detail?.started_us ?? 0));
  const start = known[0]?.detail?.started_us ?? 0;
  const runs = known.map((callback) => runOf(callback, start));
  const busy = runs.length === 0 ? [{ from: 0, until: 1 }] : runs.map(({ from, until }) => ({ from, until }));
  const span = Math.max(...busy.map(({ until }) => until));
  const longestRun = Math.max(...busy.map(({ from, until }) => until - from), 1);
  const axis = foldedAxis(busy, {
    width,
    longest: Math.max(longestRun, Math.min(span / 4, longestRun * 20)),
    margin: 0.02,
  });
  const leader = runs.find(({ segments }) => segments.some(({ kind }) => kind === 'transaction'));
  const commit = leader?.segments.findLast(({ kind }) => kind === 'transaction')?.end;
  const first = known.find(({ status }) => status === 200)?.detail?.answer?.sha256;
  const laneHeight = runs.length <= 8 ? 46 : 24;
  const chosen = folded(runs.map((run, index) => ({ run, index, same: sameness(run.callback, first) })));
  const numbers = new Map(known.map(({ request_id }, index) => [request_id, index + 1]));
  let y = RACE_TOP;
  const lanes = chosen.map((each) => {
    const top = y;
    y += laneHeight;
    if (typeof each === 'number') return { kind: 'fold' as const, y: top, count: each };
    return lane(each, { top, axis, numbers, firstProcess: known[0]?.detail?.process });
  });
  return {
    axis,
    lanes,
    commit: commit === undefined ? null : { x: axis.xOf(commit), until: y },
    start,
    laneHeight,
    height: y,
    unknown: callbacks.length - known.length,
  };
}

interface Run {
  readonly callback: CallbackWithDetail;
  /** Microseconds after the first arrival. */
  readonly from: number;
  readonly until: number;
  readonly segments: readonly Segment[];
}

function runOf(callback: CallbackWithDetail, start: number): Run {
  const from = (callback.detail?.started_us ?? start) - start;
  const segments = segmentsOf(callback.detail?.spans ?? []).map((segment) => ({
    ...segment,
    start: segment.start + from,
    end: segment.end + from,
  }));
  return {
    callback,
    from,
    until: Math.max(from + callback.milliseconds * 1000, segments.at(-1)?.end ?? from),
    segments,
  };
}

function sameness({ status, detail }: CallbackWithDetail, first: string | undefined): boolean | null {
  const own = detail?.answer?.sha256;
  return status !== 200 || own === undefined || first === undefined ? null : own === first;
}

interface Numbered {
  readonly run: Run;
  readonly index: number;
  readonly same: boolean | null;
}

/** Of many lanes the first, the last, and each that differs; a number stands for those between them. */
function folded(runs: readonly Numbered[]): readonly (Numbered | number)[] {
  if (runs.length <= ALL) return runs;
  const shown: (Numbered | number)[] = [];
  for (const each of runs) {
    const isShown = each.index < FIRST || each.index >= runs.length - LAST || each.same === false;
    const last = shown.at(-1);
    if (isShown) shown.push(each);
    else if (typeof last === 'number') shown[shown.length - 1] = last + 1;
    else shown.push(1);
  }
  return shown;
}

interface LaneContext {
  readonly top: number;
  readonly axis: FoldedAxis;
  readonly numbers: ReadonlyMap<string, number>;
  readonly firstProcess: number | undefined;
}

function lane({ run, index, same }: Numbered, { top, axis, numbers, firstProcess }: LaneContext): RaceLane {
  const waited = run.segments.findLast(({ kind }) => kind === 'wait');
  const leader = numbers.get(run.callback.detail?.leader ?? '');
  const process = run.callback.detail?.process;
  const elsewhere = process === firstProcess ? '' : `process ${process}`;
  return {
    kind: 'lane',
    number: index + 1,
    callback: run.callback,
    y: top,
    segments: run.segments.map((segment) => ({ ...segment, x1: axis.xOf(segment.start), x2: axis.xOf(segment.end) })),
    end: axis.xOf(run.until),
    waitedUntil: waited === undefined ? null : axis.xOf(waited.end),
    same,
    note: [noteOf(run.segments, leader, index), elsewhere].filter(Boolean).join(' · '),
  };
}

function noteOf(segments: readonly Segment[], leader: number | undefined, index: number): string {
  const has = (kind: Segment['kind']) => segments.some((segment) => segment.kind === kind);
  if (has('wait')) return leader === undefined ? 'waited for another one' : `waited for #${leader}`;
  if (has('transaction')) return index === 0 ? 'the leader: it committed' : 'it committed';
  return has('record') ? 'read the record' : '';
}

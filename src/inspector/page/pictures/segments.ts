/** The spans of a callback as segments beside each other. */
import type { Span } from '../../api-types.ts';

export const KINDS = {
  read: 'read',
  verify: 'verify',
  keys: 'key look-up',
  user: 'user look-up',
  hold: 'hold',
  wait: 'waiting for the leader',
  queue: 'queue and lock',
  transaction: 'transaction',
  record: 'record read',
  send: 'send',
} as const;

export type Kind = keyof typeof KINDS;

export interface Segment {
  readonly kind: Kind;
  /** The name of the span, such as `hold.before-commit`. */
  readonly name: string;
  /** Microseconds after the start of the callback. */
  readonly start: number;
  readonly end: number;
}

const OF_NAME: Readonly<Record<string, Kind>> = {
  read: 'read',
  verify: 'verify',
  'keys.fetch': 'keys',
  user: 'user',
  wait: 'wait',
  'record.read': 'record',
  queue: 'queue',
  lock: 'queue',
  transaction: 'transaction',
  send: 'send',
};

function kindOf(name: string): Kind | undefined {
  if (name.startsWith('hold')) return 'hold';
  return Object.hasOwn(OF_NAME, name) ? OF_NAME[name] : undefined;
}

/** In order, none over another: of spans that overlap the one that began later is shown, since it lies inside. */
export function segmentsOf(spans: readonly Span[]): readonly Segment[] {
  const known = spans
    .flatMap(({ name, start_us, duration_us }) => {
      const kind = kindOf(name);
      const start = Math.max(0, start_us);
      return kind === undefined || !(duration_us >= 0) ? [] : [{ kind, name, start, end: start + duration_us }];
    })
    .sort((a, b) => a.start - b.start || b.end - a.end);
  const edges = [...new Set(known.flatMap(({ start, end }) => [start, end]))].sort((a, b) => a - b);
  const pieces = edges.slice(0, -1).flatMap((start, index) => {
    const end = edges[index + 1] ?? start;
    const over = known.findLast((span) => span.start <= start && span.end >= end);
    return over === undefined ? [] : [{ ...over, start, end }];
  });
  return joined(pieces);
}

/** Pieces of one span that touch are one. */
function joined(pieces: readonly Segment[]): readonly Segment[] {
  const whole: Segment[] = [];
  for (const piece of pieces) {
    const last = whole.at(-1);
    if (last !== undefined && last.name === piece.name && last.end === piece.start)
      whole[whole.length - 1] = { ...last, end: piece.end };
    else whole.push(piece);
  }
  return whole;
}

export interface PlacedSegment extends Segment {
  readonly x: number;
  readonly width: number;
  /** Null where it has no room below the bar. */
  readonly label: string | null;
}

/** Less than this cannot be seen. */
const LEAST_WIDTH = 2;
const LETTER = 5.7;

/** One bar over the whole width. Short segments are widened at the cost of the others. */
export function placedSegments(segments: readonly Segment[], width: number): readonly PlacedSegment[] {
  const gaps = 2 * Math.max(0, segments.length - 1);
  const room = Math.max(0, width - gaps - LEAST_WIDTH * segments.length);
  const total = segments.reduce((sum, { start, end }) => sum + (end - start), 0);
  let x = 0;
  let labelEnd = Number.NEGATIVE_INFINITY;
  return segments.map((segment) => {
    const part = LEAST_WIDTH + (total === 0 ? 0 : ((segment.end - segment.start) / total) * room);
    const word = segment.kind === 'hold' ? 'hold' : KINDS[segment.kind].split(' ')[0];
    const text = segment.kind === 'wait' ? 'waited' : (word ?? '');
    const fits = x >= labelEnd + 6 && x + text.length * LETTER <= width;
    if (fits) labelEnd = x + text.length * LETTER;
    const placed = { ...segment, x, width: part, label: fits ? text : null };
    x += part + 2;
    return placed;
  });
}

/** The life of a record: how long its token and its bytes live, and what has come. */
import type { CallbackWithDetail, RecordRow } from '../../api-types.ts';
import { timeTicks } from './ticks.ts';

export interface Life {
  readonly token: { readonly x1: number; readonly x2: number } | null;
  readonly record: { readonly x1: number; readonly x2: number };
  readonly dots: readonly number[];
  readonly now: number;
  /** Where the axis is broken: before it a pixel is less time than behind it. */
  readonly broken: number | null;
  readonly marks: readonly { readonly x: number; readonly time: number }[];
}

/** The part of the width for the life of the token, where the record lives much longer. */
const TOKEN_PART = 0.2;
const MUCH = 8;

export function lifeOf(record: RecordRow, callbacks: readonly CallbackWithDetail[], now: number, width: number): Life {
  const start = Date.parse(record.created_at);
  const end = record.expires_at === null ? Math.max(now, start + 1) : Date.parse(record.expires_at);
  const until = Math.max(end, start + 1);
  const exp = callbacks.find(({ detail }) => typeof detail?.claims?.exp === 'number')?.detail?.claims?.exp;
  const tokenEnd = typeof exp === 'number' ? Math.min(until, Math.max(start + 1, exp * 1000)) : null;
  const isBroken = tokenEnd !== null && until - start > MUCH * (tokenEnd - start);
  const x = (time: number) => {
    const at = Math.min(until, Math.max(start, time));
    if (!isBroken) return ((at - start) / (until - start)) * width;
    const edge = width * TOKEN_PART;
    if (at <= tokenEnd) return ((at - start) / (tokenEnd - start)) * edge;
    return edge + ((at - tokenEnd) / (until - tokenEnd)) * (width - edge);
  };
  const times = isBroken
    ? [start, tokenEnd, ...timeTicks(tokenEnd, until, 4), until]
    : [start, ...timeTicks(start, until, 5), until];
  return {
    token: tokenEnd === null ? null : { x1: 0, x2: x(tokenEnd) },
    record: { x1: 0, x2: x(until) },
    dots: callbacks.map(({ at }) => x(Date.parse(at))),
    now: x(now),
    broken: isBroken ? width * TOKEN_PART : null,
    marks: apart(
      times.map((time) => ({ x: x(time), time })),
      46,
    ),
  };
}

/** The first and the last, and those between them that have room for their text. */
function apart<T extends { readonly x: number }>(marks: readonly T[], room: number): readonly T[] {
  const last = marks.at(-1);
  if (last === undefined) return [];
  const kept: T[] = [];
  for (const mark of marks)
    if ((kept.length === 0 || mark.x - (kept.at(-1)?.x ?? 0) >= room) && last.x - mark.x >= room) kept.push(mark);
  return [...kept, last];
}

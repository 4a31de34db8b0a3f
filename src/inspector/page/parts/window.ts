/** Which rows of a long list are near the window: no other is drawn. */

export interface Window {
  readonly start: number;
  readonly end: number;
}

/** Rows above and below the window, so that a scroll step shows no gap. */
const AROUND = 8;

export function windowOf(scrollTop: number, height: number, rowHeight: number, count: number): Window {
  const start = Math.max(0, Math.min(count, Math.floor(scrollTop / rowHeight)) - AROUND);
  const end = Math.min(count, Math.ceil((scrollTop + height) / rowHeight) + AROUND);
  return { start, end: Math.max(start, end) };
}

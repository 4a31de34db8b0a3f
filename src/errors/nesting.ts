/** Limits the nesting of values from other sources, because code that walks through a value is often recursive. */

/** Largest number of nested arrays and objects, with the outermost. A stack has room for several times as many. */
export const MAX_NESTING = 200;

/** The limit in words, for refusals. */
export const TOO_DEEP = `more than ${MAX_NESTING} nested arrays and objects`;

/** It works level by level, so it needs no stack. A value that contains itself exceeds every limit. */
export function isTooDeep(value: unknown): boolean {
  let level = containersIn([value]);
  for (let depth = 0; level.size > 0; depth++) {
    if (depth === MAX_NESTING) return true;
    level = containersIn([...level].flatMap((container) => Object.values(container)));
  }
  return false;
}

/** Each value once, even if it occurs several times. */
function containersIn(values: readonly unknown[]): Set<object> {
  return new Set(values.filter((value) => typeof value === 'object' && value !== null));
}

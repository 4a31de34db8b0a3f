/** Where two texts differ. */

/** The part of a text that another one does not have there, by code point: what is before and after it is equal. */
export function differingPart(expected: string, received: string): readonly [string, string, string] {
  const [one, other] = [[...expected], [...received]];
  let start = 0;
  while (start < one.length && start < other.length && one[start] === other[start]) start++;
  let end = 0;
  const most = Math.min(one.length, other.length) - start;
  while (end < most && one[one.length - 1 - end] === other[other.length - 1 - end]) end++;
  const until = other.length - end;
  return [other.slice(0, start).join(''), other.slice(start, until).join(''), other.slice(until).join('')];
}

/** Whether two texts are enough alike that the part that differs says something. */
export function areAlike(expected: string, received: string): boolean {
  const [before, , after] = differingPart(expected, received);
  return before.length + after.length >= 8;
}

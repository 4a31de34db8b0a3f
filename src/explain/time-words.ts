/** Times as people read them. */

/** Seconds since 1970 as ISO 8601. */
export function instant(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

const UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
] as const;

/** `3 h 12 min`, `45 s`: the two largest units of some seconds. */
export function span(seconds: number): string {
  let rest = Math.max(0, Math.round(seconds));
  const parts: string[] = [];
  for (const [name, size] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${name}`);
  }
  return parts.slice(0, 2).join(' ') || 'less than a second';
}

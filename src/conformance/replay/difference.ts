/** The differences between two answers, as paths of their JSON with both values; secrets are masked. */
import { excerpt } from '../../errors/foreign-text.ts';

const MOST_PATHS = 8;

/** Such as `workspace_member.last_seen_at: "…15Z" → "…17Z"`; empty if the JSON is equal. */
export function differences(before: unknown, after: unknown): readonly string[] {
  const found = [...differing('', before, after)];
  if (found.length <= MOST_PATHS) return found;
  return [...found.slice(0, MOST_PATHS), `and ${found.length - MOST_PATHS} more`];
}

/** The same for two texts, which need not be JSON. */
export function textDifferences(before: string, after: string): readonly string[] {
  const [earlier, later] = [parsed(before), parsed(after)];
  if (earlier === undefined || later === undefined) return before === after ? [] : [arrow(before, after)];
  return differences(earlier.value, later.value);
}

/** The place where two texts of equal JSON differ. */
export function firstDifferentByte(before: Buffer, after: Buffer): number {
  const shorter = Math.min(before.length, after.length);
  for (let offset = 0; offset < shorter; offset++) if (before[offset] !== after[offset]) return offset;
  return shorter;
}

function* differing(path: string, before: unknown, after: unknown): Generator<string> {
  if (isNode(before) && isNode(after) && Array.isArray(before) === Array.isArray(after)) {
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)]))
      yield* differing(joined(path, name, Array.isArray(before)), at(before, name), at(after, name));
  } else if (!Object.is(before, after)) yield `${path || 'the whole'}: ${arrow(before, after)}`;
}

function isNode(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function at(node: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(node, name) ? node[name] : undefined;
}

function joined(path: string, name: string, isIndex: boolean): string {
  const step = excerpt(name);
  if (isIndex) return `${path}[${step}]`;
  return path === '' ? step : `${path}.${step}`;
}

function arrow(before: unknown, after: unknown): string {
  return `${shown(before)} → ${shown(after)}`;
}

const LONGEST_VALUE = 100;

function shown(value: unknown): string {
  if (value === undefined) return 'absent';
  const text = excerpt(typeof value === 'string' ? JSON.stringify(value) : (JSON.stringify(value) ?? 'absent'));
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
}

function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

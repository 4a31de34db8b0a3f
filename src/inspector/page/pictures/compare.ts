/** Two answers by path: what changed, and how much did not. */
import diff from 'microdiff';
import type { Json } from '../../api-types.ts';

interface Change {
  readonly path: string;
  /** Undefined where one of the answers has no such value. */
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

export interface Comparison {
  readonly changes: readonly Change[];
  /** Values that are equal. */
  readonly equal: number;
  /** The first bytes that differ, where the values are all equal. */
  readonly bytes: { readonly offset: number; readonly before: string; readonly after: string } | null;
}

type Container = Record<string, unknown>;

export function compared(one: string, other: string): Comparison | undefined {
  const [before, after] = [parsed(one), parsed(other)];
  if (before === undefined || after === undefined) return undefined;
  const changes = diff({ '': before } as Container, { '': after } as Container).map((change) => ({
    path: pathOf(change.path.slice(1)),
    before: 'oldValue' in change ? (change.oldValue as Json) : undefined,
    after: 'value' in change ? (change.value as Json) : undefined,
  }));
  const bytes = changes.length === 0 && one !== other ? firstDifference(one, other) : null;
  const changed = changes.reduce((sum, each) => sum + (each.before === undefined ? 0 : leavesOf(each.before)), 0);
  return { changes, equal: leavesOf(before) - changed, bytes };
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function pathOf(path: readonly (string | number)[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\./, '');
}

/** Values that hold no others, and empty ones. */
function leavesOf(value: Json): number {
  if (value === null || typeof value !== 'object') return 1;
  const within = Object.values(value as Record<string, Json>);
  return within.length === 0 ? 1 : within.reduce<number>((sum, each) => sum + leavesOf(each), 0);
}

const AROUND = 12;

function firstDifference(one: string, other: string): NonNullable<Comparison['bytes']> {
  let offset = 0;
  while (one[offset] === other[offset]) offset++;
  const around = (text: string) => text.slice(Math.max(0, offset - AROUND), offset + AROUND);
  return { offset: new TextEncoder().encode(one.slice(0, offset)).length, before: around(one), after: around(other) };
}

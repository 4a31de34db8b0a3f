/** Reading what the verifier did not get to, or what is too deep to write down again: for display alone. */
import { Buffer } from 'node:buffer';
import type { JsonObject } from '../identity/json-object.ts';

/** Characters of a part that are looked at: more than any token that could be accepted has. */
const MAX_PART_LENGTH = 16_384;
/** JSON.parse follows nesting that JSON.stringify does not survive. */
const MAX_DEPTH = 32;

/** The JSON object of a part, or null when there is none in it. */
export function readablePart(part: string | undefined): JsonObject | null {
  const text = Buffer.from((part ?? '').slice(0, MAX_PART_LENGTH), 'base64url').toString('utf8');
  if (!text.trimStart().startsWith('{')) return null;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** The same value, with words in place of what lies too deep. */
export function shallow(value: unknown, depth = MAX_DEPTH): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 0) return '(nested too deeply to show)';
  return Array.isArray(value)
    ? value.map((item) => shallow(item, depth - 1))
    : Object.fromEntries(Object.entries(value).map(([name, item]) => [name, shallow(item, depth - 1)]));
}

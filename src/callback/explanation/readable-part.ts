/** Reads parts that the verifier did not reach, and values that are nested too deeply to print. For display only. */
import { Buffer } from 'node:buffer';
import type { JsonObject } from '../token/json-object.ts';

/** Longest part that is read, in characters; a token that is accepted is shorter. */
const MAX_PART_LENGTH = 16_384;
/** JSON.parse accepts deeper nesting than JSON.stringify can write. */
const MAX_DEPTH = 32;

/** The JSON object of a part, or null if the part is not a JSON object. */
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

/** The same value, with a note in place of members that are nested too deeply. */
export function shallow(value: unknown, depth = MAX_DEPTH): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 0) return '(nested too deeply to show)';
  return Array.isArray(value)
    ? value.map((item) => shallow(item, depth - 1))
    : Object.fromEntries(Object.entries(value).map(([name, item]) => [name, shallow(item, depth - 1)]));
}

/** JSON as a security token needs it: an object, valid UTF-8 without a byte order mark, no member named twice. */
import type { Buffer } from 'node:buffer';
import { type Reason, refusal } from '../errors.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

// `ignoreBOM` keeps the mark in the text, where JSON.parse then refuses it.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @throws ApiError `invalid` when it is no JSON object; duplicate_member when a member stands twice in one object */
export function parseJsonObject(bytes: Buffer, invalid: Reason): JsonObject {
  let text: string;
  let value: unknown;
  try {
    text = utf8.decode(bytes);
    value = JSON.parse(text);
  } catch (cause) {
    throw refusal(invalid, { expected: 'a JSON object in UTF-8', received: 'something else', cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refusal(invalid, { expected: 'a JSON object', received: jsonType(value) });
  }
  const repeated = findRepeatedMember(text);
  if (repeated !== undefined)
    throw refusal('duplicate_member', { expected: 'each name once', received: `${repeated} twice` });
  return value as JsonObject;
}

/** The own member of that name; what a prototype offers does not count. */
export function member(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** `a string`, `a number`, `null`, `an array`… for messages. */
export function jsonType(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** What bounds an object, and texts: one before a colon is the name of a member. */
const TOKENS = /("(?:[^"\\]|\\.)*")(\s*:)?|[{}]/g;

/**
 * The first member name that stands twice in one object of a text that is known to be valid JSON.
 * Iterative, because JSON.parse accepts nesting that a recursive walk does not survive.
 */
function findRepeatedMember(text: string): string | undefined {
  const open: Set<string>[] = [];
  for (const [token, quoted, colon] of text.matchAll(TOKENS)) {
    if (token === '{') {
      open.push(new Set());
    } else if (token === '}') {
      open.pop();
    } else if (colon !== undefined) {
      const names = open.at(-1) as Set<string>;
      const name = JSON.parse(quoted as string) as string; // "\u0061lg" is "alg"
      if (names.has(name)) return name;
      names.add(name);
    }
  }
  return undefined;
}

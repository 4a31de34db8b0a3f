/** Strict JSON for security tokens: an object in valid UTF-8, without a byte order mark or duplicate members. */
import type { Buffer } from 'node:buffer';
import { refusal } from '../../errors/api-error.ts';
import type { Reason } from '../../errors/reasons.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

// `ignoreBOM` keeps the byte order mark in the text, so that JSON.parse refuses it.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @throws ApiError `invalid` if it is not a JSON object; duplicate_member if an object names a member twice */
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
  return (text.includes('\\') ? readByName(text) : value) as JsonObject;
}

/** The object's own member of that name; members of its prototype do not count. undefined if it is not an object. */
export function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as JsonObject)[name];
}

/** `a string`, `a number`, `null`, `an array`… for messages. */
export function jsonType(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

const STRINGS = /("(?:[^"\\]|\\.)*")(\s*:)?/g;

/**
 * The value of a text that is known to be valid JSON, with the names that stand in it. JSON.parse of Node 24 and 26 takes a
 * name that is written with an escape for another one that it has read before (https://github.com/nodejs/node/issues/63785):
 * here it reads numbers in their place. Iterative, as JSON.parse is.
 */
function readByName(text: string): unknown {
  const names: string[] = [];
  const numbered = text.replace(STRINGS, (string, quoted: string, colon: string | undefined) =>
    colon === undefined ? string : `"${names.push(JSON.parse(quoted)) - 1}":`,
  );
  const named = (value: object) =>
    Object.fromEntries(Object.entries(value).map(([number, member]) => [names[Number(number)], member]));
  const root = { value: JSON.parse(numbered) };
  const containers: object[] = [root];
  for (const container of containers) {
    for (const [key, inner] of Object.entries(container)) {
      if (typeof inner !== 'object' || inner === null) continue;
      const value = Array.isArray(inner) ? inner : named(inner);
      Object.defineProperty(container, key, { value }); // an assignment to __proto__ would add no member
      containers.push(value);
    }
  }
  return root.value;
}

/** Braces, brackets and strings: a string before a colon is the name of a member. */
const TOKENS = /("(?:[^"\\]|\\.)*")(\s*:)?|[{}]/g;

/**
 * The first member name that occurs twice in one object. The text must be valid JSON.
 * The walk is iterative: JSON.parse accepts nesting that would overflow the stack of a recursive one.
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

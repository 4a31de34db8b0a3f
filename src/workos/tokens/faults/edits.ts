/** Edits for the rows of faults. */
import { Buffer } from 'node:buffer';
import type { Members, TokenParts } from './fault.ts';

/** Sets members, and replaces those with the same name. */
export function set(members: Members): (object: Members) => Members {
  return (object) => ({ ...object, ...members });
}

export function without(...names: string[]): (object: Members) => Members {
  return (object) => Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}

/** Adds members as JSON text before the others, so that a name can occur twice and a value can be invalid JSON. */
export function prepended(members: string): (json: Buffer) => Buffer {
  return (json) => Buffer.from(`{${members},${json.toString().slice(1)}`);
}

/** The same after the others. */
export function appended(members: string): (json: Buffer) => Buffer {
  return (json) => Buffer.from(`${json.toString().slice(0, -1)},${members}}`);
}

/** The same at both ends: the name is used twice, whether the object had it or not. */
export function bothEnds(member: string): (json: Buffer) => Buffer {
  return (json) => appended(member)(prepended(member)(json));
}

export function text(value: string): () => Buffer {
  return () => Buffer.from(value);
}

export function withByteOrderMark(json: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), json]);
}

/** A member whose string is not UTF-8: UTF-8 never contains 0xFF. */
export function withInvalidUtf8(json: Buffer): Buffer {
  return Buffer.concat([json.subarray(0, -1), Buffer.from(',"x":"'), Buffer.from([0xff]), Buffer.from('"}')]);
}

/** Inserts characters into one part of the finished token, a few characters after its beginning. */
export function inserted(part: keyof TokenParts, characters: string): (parts: TokenParts) => TokenParts {
  return (parts) => ({ ...parts, [part]: insert(parts[part], characters) });
}

export function insert(part: string, characters: string): string {
  return part.slice(0, 8) + characters + part.slice(8);
}

export function encode(bytes: Buffer | string): string {
  return Buffer.from(bytes).toString('base64url');
}

export function decode(part: string): Buffer {
  return Buffer.from(part, 'base64url');
}

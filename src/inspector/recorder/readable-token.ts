/** Header and claims of a credential. Of one that is not three readable parts, nothing is kept but its shape. */
import { readablePart } from '../../callback/explanation/readable-part.ts';
import type { JsonObject } from '../../callback/token/json-object.ts';
import type { Seen } from './seen.ts';

export interface ReadableToken {
  readonly header: JsonObject;
  readonly claims: JsonObject;
}

export function readableToken({ credential, token }: Pick<Seen, 'credential' | 'token'>): ReadableToken | undefined {
  const parts = (credential ?? '').split('.');
  if (parts.length !== 3 || !parts.every((part) => /^[\w-]*$/.test(part))) return undefined;
  const header = token?.header ?? readablePart(parts[0]);
  const claims = token?.payload ?? readablePart(parts[1]);
  return header === null || claims === null
    ? undefined
    : { header: header as JsonObject, claims: claims as JsonObject };
}

/** "43 characters, 1 part" */
export function shapeOf(credential: string): string {
  const parts = credential.split('.').length;
  return `${credential.length} characters, ${parts} ${parts === 1 ? 'part' : 'parts'}`;
}

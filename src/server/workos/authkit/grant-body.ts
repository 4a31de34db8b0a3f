/** The members of a request for tokens, sent as JSON or as a form. Each may be given once. */
import { Buffer } from 'node:buffer';
import { parseJsonObject } from '../../../callback/token/json-object.ts';
import { ApiError } from '../../../errors/api-error.ts';

export interface Members {
  /** Whether it is there and not null. */
  has(name: string): boolean;
  /** undefined for a member that is missing, blank or not a string. */
  text(name: string): string | undefined;
}

/** @returns undefined for a body that is neither JSON nor a form. Unused members are ignored. */
export function readMembers(text: string, contentType: string | undefined): Members | undefined {
  const type = contentType?.split(';')[0]?.trim().toLowerCase();
  if (type === 'application/json') return jsonMembers(text);
  return type === 'application/x-www-form-urlencoded' ? formMembers(text) : undefined;
}

function jsonMembers(text: string): Members | undefined {
  try {
    const object = parseJsonObject(Buffer.from(text), 'payload_invalid');
    return membersOf((name) => (Object.hasOwn(object, name) ? object[name] : undefined));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return undefined;
  }
}

function formMembers(text: string): Members | undefined {
  const form = new URLSearchParams(text);
  const names = [...form.keys()];
  if (new Set(names).size < names.length) return undefined;
  return membersOf((name) => form.get(name) ?? undefined);
}

function membersOf(read: (name: string) => unknown): Members {
  return {
    has: (name) => read(name) !== undefined && read(name) !== null,
    text: (name) => {
      const value = read(name);
      return typeof value === 'string' && value !== '' ? value : undefined;
    },
  };
}

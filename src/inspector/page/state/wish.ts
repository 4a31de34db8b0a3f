/** From the fields of the form to what is asked for: which token, and how often. */
import type { Json, SendRequest } from '../../api-types.ts';

export interface ClaimField {
  readonly name: string;
  /** As it was; null for a claim that was added. */
  readonly before: string | null;
  /** JSON, or for times `now + 5 min`. */
  readonly text: string;
  readonly removed: boolean;
}

export interface Form {
  readonly of: string | null;
  readonly email: string;
  readonly jti: 'same' | 'new' | 'none';
  readonly sid: 'same' | 'new' | 'none';
  readonly claims: readonly ClaimField[];
  readonly faults: string;
  readonly times: number;
  readonly atOnce: number;
  readonly tokens: 'one' | 'each';
}

/** Chosen beside the claims, or fresh unless they are set. */
const APART = ['jti', 'sid', 'exp', 'iat', 'nbf'];

export function fieldsOf(claims: { readonly [name: string]: Json } | null): readonly ClaimField[] {
  return Object.entries(claims ?? {})
    .filter(([name]) => !APART.includes(name))
    .map(([name, value]) => {
      const text = JSON.stringify(value);
      return { name, before: text, text, removed: false };
    });
}

const UNITS: Readonly<Record<string, number>> = { s: 1, min: 60, h: 3600, d: 24 * 3600 };
const RELATIVE = /^now(?:\s*([+-])\s*(\d{1,9})\s*(s|min|h|d))?$/;

/** @param now seconds since 1970. @returns undefined for what is neither */
export function claimValue(text: string, now: number): Json | undefined {
  const [whole, sign, count, unit] = RELATIVE.exec(text.trim()) ?? [];
  if (whole !== undefined)
    return Math.floor(now) + (sign === '-' ? -1 : 1) * Number(count ?? 0) * (UNITS[unit ?? ''] ?? 0);
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** @returns what is asked for, or the name of the claim whose value is none */
export function wishOf(form: Form, now: number): SendRequest | { readonly invalid: string } {
  const claims: Record<string, Json> = {};
  for (const { name, before, text, removed } of form.claims) {
    if (name === '' || (!removed && text === before)) continue;
    const value = removed ? null : claimValue(text, now);
    if (value === undefined) return { invalid: name };
    if (!(removed && before === null)) Object.defineProperty(claims, name, { value, enumerable: true });
  }
  const faults = form.faults.split(/[\s,]+/).filter(Boolean);
  return {
    ...(form.of === null ? { email: form.email } : { of: form.of }),
    jti: form.jti,
    sid: form.sid,
    claims,
    faults,
    times: form.times,
    at_once: Math.min(form.atOnce, form.times),
    tokens: form.tokens,
  };
}

/** Text of others as the page may show it: nothing in it hides or reverses text, and what looks like a secret is cut out. */
import { excerpt, redacted, visible } from '../../errors/foreign-text.ts';
import type { Json } from '../api-types.ts';

const MAX_DEPTH = 8;
/** Characters of a header or of claims. */
const MAX_CHARACTERS = 4096;
const CUT = 'cut';
const MASKED = '<masked>';

/** Names whose values are secrets in any form. */
const SECRET_NAME = /secret|passw|pepper|private|api_?key|authorization|cookie|(?:access|refresh|id)_?token|^token$/i;
/** Credentials of well-known services, and of this one in another place than the usual one. */
const SECRET_VALUE =
  /-----BEGIN |Fe26\.2|\b(?:gh[a-z]_|github_pat_|glpat-|npm_|xox[a-z]-|ya29\.|AIza|AKIA|whsec_|[prs]k_(?:live|test)_)|\bBearer\s+[\w.~+/-]{16}/;

/** One line of at most 200 characters. */
export function safeLine(text: string): string {
  return SECRET_VALUE.test(text) ? MASKED : excerpt(text);
}

/** The text of an answer, with the secret of its API key cut out: `ap_pk_preview_<public id>_…`. */
export function safeAnswer(text: string): string {
  return visible(redacted(text).replaceAll('_<secret>', '_…'));
}

/** A value of JSON at most 8 deep and with at most 4 KB of text; what is left out says "cut". */
export function safeJson(value: unknown): Json {
  let left = MAX_CHARACTERS;
  const line = (text: string) => {
    const safe = safeLine(text);
    left -= safe.length;
    return safe;
  };
  const copy = (each: unknown, depth: number): Json => {
    left -= 4; // quotes, comma and colon
    if (left < 0) return CUT;
    if (typeof each === 'string') return line(each);
    if (typeof each !== 'object' || each === null) return (each ?? null) as Json;
    if (depth === 0) return CUT;
    return Array.isArray(each) ? listOf(each, depth) : objectOf(each, depth);
  };
  const listOf = (list: readonly unknown[], depth: number): Json => {
    const kept: Json[] = [];
    for (const item of list) {
      kept.push(copy(item, depth - 1));
      if (left < 0) break;
    }
    return kept;
  };
  const objectOf = (object: object, depth: number): Json => {
    const kept: [string, Json][] = [];
    for (const [name, member] of Object.entries(object)) {
      kept.push([line(name), SECRET_NAME.test(name) && isText(member) ? MASKED : copy(member, depth - 1)]);
      if (left < 0) break;
    }
    return Object.fromEntries(kept);
  };
  return copy(value, MAX_DEPTH);
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

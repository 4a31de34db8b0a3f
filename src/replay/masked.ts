/** What a server answered, as it may be shown: without the secrets of keys and without tokens. */

const API_KEY = /\b(ap_pk_[a-z]+_[0-9A-Z]{16}_)[A-Za-z0-9_-]+/g;
const TOKEN = /\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*/g;

export function masked(text: string): string {
  return text.replace(API_KEY, '$1…').replace(TOKEN, '<token>');
}

/** A JSON value in at most 200 characters. */
export function shown(value: unknown): string {
  const text = masked(JSON.stringify(value) ?? 'nothing');
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

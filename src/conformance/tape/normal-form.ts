/** An answer without what differs between servers that agree: ids, secrets and times. */
import type { SendResult } from '../replay/result.ts';

const TIME = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:?\d\d)$/;
const API_KEY = /ap_pk_([a-z]+)_[\w-]+/g;
/** Ids whatever the name of their member is: with a prefix, or a UUID. */
const ID = /^(?:[a-z]+_[0-9A-Z]{20,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;
const ID_NAME = /^id$|_id$/;

/**
 * For the answers of one server, in their order. An id is named by the place where it was first seen, so that two servers
 * agree if the same id comes back at the same places. What a token claims stays as it is.
 */
export function normalForms(): (result: Pick<SendResult, 'n' | 'claims' | 'answer'>) => unknown {
  const firstPlaces = new Map<string, string>();
  return ({ n, claims, answer }) => {
    const claimed = new Set(Object.values(claims ?? {}));
    const text = (value: string, path: string, name: string): string => {
      if (claimed.has(value)) return value;
      if (TIME.test(value)) return '<time>';
      if (!ID_NAME.test(name) && !ID.test(value)) return value.replaceAll(API_KEY, 'ap_pk_$1_<secret>');
      const place = firstPlaces.get(value) ?? `<id, first at ${path} of send ${n}>`;
      firstPlaces.set(value, place);
      return place;
    };
    const normal = (value: unknown, path: string, name: string): unknown => {
      if (typeof value === 'string') return text(value, path, name);
      if (Array.isArray(value)) return value.map((item, index) => normal(item, `${path}[${index}]`, name));
      if (typeof value !== 'object' || value === null) return value;
      const members = Object.entries(value).map(([key, item]) => [
        key,
        normal(item, path === '' ? key : `${path}.${key}`, key),
      ]);
      return Object.fromEntries(members);
    };
    return normal(answer.body, '', '');
  };
}

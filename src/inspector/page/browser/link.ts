/** Links inside the page. */

export type Query = Readonly<Record<string, string | number | null | undefined>>;

/** Ids come from tokens: each part is encoded. */
export function link(path: readonly string[], query: Query = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== '');
  const search = new URLSearchParams(
    Object.fromEntries(given.map(([name, value]) => [name, String(value)])),
  ).toString();
  return `/${path.map(encoded).join('/')}${search === '' ? '' : `?${search}`}`;
}

/**
 * Half of a surrogate pair cannot be encoded. A part of dots would be taken out of the address, encoded once too (WHATWG
 * URL, double-dot segment); no id is one, so that it may arrive as another text.
 */
function encoded(part: string): string {
  return encodeURIComponent(part.toWellFormed()).replace(/^\.{1,2}$/, (dots) => dots.replaceAll('.', '%252E'));
}

/** Pseudonyms for e-mail addresses. One address has one pseudonym, wherever it stands and in whatever case. */

/** An address within a text. */
const ADDRESS = /[^\s@"'`<>()[\]{},;:=|/\\]+@[^\s@"'`<>()[\]{},;:=|/\\]+/g;

interface Pseudonyms {
  /** For a value that is an address. */
  address<T extends string | null>(value: T): T;
  /** The same row, with every address in its texts replaced. */
  text<Row extends object>(row: Row): Row;
}

export function pseudonyms(): Pseudonyms {
  const known = new Map<string, string>();
  const pseudonym = (found: string): string => {
    const name = found.toLowerCase();
    const given = known.get(name) ?? `address-${known.size + 1}@redacted.invalid`;
    known.set(name, given);
    return given;
  };
  const replaced = (value: unknown): unknown => {
    if (typeof value === 'string') return value.replace(ADDRESS, pseudonym);
    if (Array.isArray(value)) return value.map(replaced);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, replaced(inner)]));
  };
  return {
    address: <T extends string | null>(value: T) => (value === null ? value : pseudonym(value)) as T,
    text: <Row extends object>(row: Row) => replaced(row) as Row,
  };
}

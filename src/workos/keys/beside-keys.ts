/** What a key file has besides its keys, for a note: an import takes nothing else. */
import { printable } from '../../errors/foreign-text.ts';
import { isPrivateKey, readPem } from './pem.ts';

/** @returns clauses such as `2 × CERTIFICATE`; none for a file that holds only keys, or no keys */
export function besideKeys(text: string): readonly string[] {
  const pem = readPem(text);
  if (pem === undefined) return besideJwks(text);
  const labels = Map.groupBy(
    pem.blocks.filter((block) => !isPrivateKey(block)),
    ({ label }) => label,
  );
  const blocks = [...labels].map(([label, { length }]) => (length === 1 ? label : `${length} × ${label}`));
  return pem.rest.trim() === '' ? blocks : [...blocks, 'the text outside of the PEM blocks'];
}

/** The members of RFC 7518 section 6.3 and those that say what the key is for. */
const TAKEN = new Set(['kty', 'n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'kid', 'use', 'key_ops', 'alg', 'ext']);

function besideJwks(text: string): readonly string[] {
  const value = objectIn(text);
  if (value === undefined) return [];
  const { keys } = value;
  if (!Array.isArray(keys)) return membersBeside(value, TAKEN);
  return [
    ...new Set([...membersBeside(value, new Set(['keys'])), ...keys.flatMap((key) => membersBeside(key, TAKEN))]),
  ];
}

function membersBeside(value: unknown, taken: ReadonlySet<string>): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    taken.has(name) || member === null ? [] : [`the member ${printable(name)}`],
  );
}

function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined; // the import says what is wrong with it
  }
}

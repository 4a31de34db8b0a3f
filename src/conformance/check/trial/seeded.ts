/** Texts and choices that depend on a seed: equal inputs give equal results. */
import { createHash } from 'node:crypto';

export type SeedPart = string | number;

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const ULID_LENGTH = 26;

/** Text in the form of a ULID. */
export function seededUlid(...parts: readonly SeedPart[]): string {
  const digest = digestOf(parts);
  // The first character of a ULID is at most 7: its 26 × 5 bits hold 128.
  return `7${Array.from({ length: ULID_LENGTH - 1 }, (_, index) => CROCKFORD[(digest[index] ?? 0) % 32]).join('')}`;
}

/** A whole number from 0 to below `limit`. */
export function seededNumber(limit: number, ...parts: readonly SeedPart[]): number {
  return digestOf(parts).readUInt32BE() % limit;
}

function digestOf(parts: readonly SeedPart[]): Buffer {
  return createHash('sha256').update(JSON.stringify(parts)).digest();
}

/** Names that follow from a seed: the same seed gives the same users, sessions and token ids. */
import { createHash } from 'node:crypto';

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const ULID_LENGTH = 26;

/** Text in the form of a ULID; `parts` say what it is for. */
export function seededUlid(...parts: readonly (string | number)[]): string {
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest();
  // The first character of a ULID is at most 7: its 26 × 5 bits hold 128.
  return `7${Array.from({ length: ULID_LENGTH - 1 }, (_, index) => CROCKFORD[(digest[index] ?? 0) % 32]).join('')}`;
}

/** Randomness as a value: made at the edge, passed down, replaced by a fixed sequence in tests. */
import { randomBytes, randomUUID } from 'node:crypto';
import { ulid } from 'ulid';

export interface RandomSource {
  /** A UUID v4. */
  uuid(): string;
  /** 26 Crockford base32 characters that sort by `now` (milliseconds since 1970). */
  ulid(now: number): string;
  bytes(size: number): Buffer;
}

export function systemRandom(): RandomSource {
  let pool = Buffer.alloc(0);
  let used = 0;
  /** The library asks for one number per character; one system call serves 256 of them. */
  const fraction = (): number => {
    if (used === pool.length) {
      pool = randomBytes(256);
      used = 0;
    }
    return (pool[used++] ?? 0) / 256;
  };
  return {
    // Called by name each time: a command that needs no randomness does not load `node:crypto`.
    uuid: () => randomUUID(),
    bytes: (size) => randomBytes(size),
    ulid: (now) => ulid(now, fraction),
  };
}

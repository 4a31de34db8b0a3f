/** Randomness as a value. The runtime passes it down; tests replace it with a fixed sequence. */
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
  /** The library needs one number for each character; one system call provides 256 of them. */
  const fraction = (): number => {
    if (used === pool.length) {
      pool = randomBytes(256);
      used = 0;
    }
    return (pool[used++] ?? 0) / 256;
  };
  return {
    // Accessed at each call, so that a command without randomness does not load `node:crypto`.
    uuid: () => randomUUID(),
    bytes: (size) => randomBytes(size),
    ulid: (now) => ulid(now, fraction),
  };
}

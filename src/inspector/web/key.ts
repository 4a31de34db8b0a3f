/** The key of a run: it is compared by its digest, in constant time. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { type Gated, only } from './gate.ts';
import { Refusal } from './refusal.ts';

export interface KeyCheck {
  /** @throws Refusal 401 */
  require(request: Gated): void;
  /** Requests without the key so far. */
  refused(): number;
}

export function keyCheck(key: string): KeyCheck {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const expected = digest(key);
  let refused = 0;
  return {
    require(request) {
      const given = /^Bearer ([\w-]{1,200})$/i.exec(only(request, 'authorization') ?? '')?.[1];
      if (given !== undefined && timingSafeEqual(digest(given), expected)) return;
      refused += 1;
      throw new Refusal(
        401,
        'not_authenticated',
        given === undefined ? 'the key of the inspector is missing' : 'the key is not that of this run',
      );
    },
    refused: () => refused,
  };
}

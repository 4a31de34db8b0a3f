/**
 * Signing keys for the servers of a suite. To make one takes longer than everything else of a start, so a key goes on to the
 * next server when its server has stopped. Two servers that run at once never share one.
 */
import { generateSigningKey, type SigningKey } from '../workos/keys/signing-key.ts';

export interface KeyLease extends Disposable {
  /** A key that no other lease has. @param now milliseconds since 1970 */
  take(now: number): Promise<SigningKey>;
  /** Gives back the keys that were taken, except for these. */
  keep(kids: readonly string[]): void;
}

/** Of this process alone: private keys are written to no place that outlives a server. */
const free: SigningKey[] = [];

export function leaseKeys(): KeyLease {
  const taken = new Set<SigningKey>();
  const keep = (kids: readonly string[]) => {
    // The first one is the next to be taken.
    for (const key of [...taken].reverse()) if (!kids.includes(key.kid) && taken.delete(key)) free.push(key);
  };
  return {
    async take(now) {
      const key = { ...(free.pop() ?? (await generateSigningKey(now))), createdAt: now };
      taken.add(key);
      return key;
    },
    keep,
    [Symbol.dispose]: () => keep([]),
  };
}

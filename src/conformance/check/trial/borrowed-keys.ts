/** Signing keys that a check borrows: published by the issuer of the target, and used by no other caller. */
import type { Minter } from '../../../server/minter.ts';

export interface BorrowedKeys extends AsyncDisposable {
  /** The key that signs the tokens of the check; undefined if none is published yet. */
  readonly signing: string | undefined;
  /** A key that was published in advance, if one is left; otherwise a new one. */
  take(): Promise<string>;
  /** Removes it from the published set; it can still sign tokens. */
  withdraw(kid: string): Promise<void>;
}

/** @param ready number of keys that are published in advance, so that one fetch of the key set gets them all */
export async function borrowKeys(
  keyring: Minter['keyring'],
  now: () => number,
  ready: number,
  { keep = false }: { readonly keep?: boolean } = {},
): Promise<BorrowedKeys> {
  const kids: string[] = [];
  const lend = async (): Promise<string> => {
    const { kid } = await keyring.lend(now());
    kids.push(kid);
    return kid;
  };
  const waiting: string[] = [];
  for (let lent = 0; lent < ready; lent++) waiting.push(await lend());
  return {
    signing: waiting.shift(),
    take: async () => waiting.shift() ?? lend(),
    withdraw: async (kid) => void (await keyring.retire(kid, now())),
    async [Symbol.asyncDispose]() {
      if (!keep) await keyring.takeBack(kids);
    },
  };
}

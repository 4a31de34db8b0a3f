/** The keys of the local WorkOS, and how many tokens named each. */
import type { SigningKeysAnswer } from '../api-types.ts';
import type { Inspected } from '../inspected.ts';
import { detailsOf } from './details.ts';

/** The newest callbacks whose tokens are looked at. */
const MOST = 200;

export async function signingKeys({ reads, signingKeys: list }: Inspected): Promise<SigningKeysAnswer> {
  const { items } = await reads.list('callbacks', { limit: MOST });
  const details = await detailsOf(
    reads,
    items.map(({ id }) => id),
  );
  const known = list();
  const used = new Map<string, number>();
  const unknown = new Map<string, { readonly kid: string; tokens: number; readonly last_at: string }>();
  for (const { id, at } of items) {
    const kid = details.get(id)?.header?.kid;
    if (typeof kid !== 'string') continue;
    used.set(kid, (used.get(kid) ?? 0) + 1);
    if (known.some((key) => key.kid === kid)) continue;
    const row = unknown.get(kid) ?? { kid, tokens: 0, last_at: at }; // the newest comes first
    row.tokens += 1;
    unknown.set(kid, row);
  }
  return {
    schema_version: 1,
    keys: known.map((key) => ({ ...key, tokens: used.get(key.kid) ?? 0 })),
    unknown: [...unknown.values()],
    callbacks: items.length,
  };
}

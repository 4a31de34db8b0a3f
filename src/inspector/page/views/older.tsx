/** From one page of a list to the next: the cursor is in the query. */
import { address, linkWith } from '../browser/address.ts';

export function Older({ cursor }: { readonly cursor: string | null }) {
  const at = address.value.query.get('cursor');
  if (cursor === null && at === null) return null;
  return (
    <p class="filter-line">
      {at !== null && <a href={linkWith({ cursor: null })}>the newest</a>}
      {cursor !== null && <a href={linkWith({ cursor })}>older ones</a>}
    </p>
  );
}

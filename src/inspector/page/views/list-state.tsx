/** Why the list has no rows. */
import { address, go } from '../browser/address.ts';
import { link } from '../browser/link.ts';
import { CopyButton } from '../parts/copy-menu.tsx';
import { feed } from '../state/feed.ts';
import { filtersOf, isFiltered } from '../state/filters.ts';
import { server } from '../state/server.ts';
import { Chosen } from './filter-bar.tsx';

export function ListState() {
  const { state, error } = feed.value;
  const { query } = address.value;
  const filters = filtersOf(query);
  if (error !== null) return <p class="empty note">{error}</p>;
  if (state !== 'ready') return <p class="empty note">Reading…</p>;
  if (!isFiltered(filters)) return <NothingYet />;
  return (
    <div class="empty">
      <h2>No callback matches</h2>
      <Chosen />
      {(filters.email !== null || filters.subject !== null) && (
        <p class="note">
          A refused token may name no user: its callbacks are found by their reason, their time or the outcome refused.
        </p>
      )}
      <button type="button" class="button" onClick={() => go(link(['callbacks']))}>
        Show all
      </button>
    </div>
  );
}

export function NothingYet() {
  const callback = server.value?.callback_url ?? null;
  return (
    <div class="empty">
      <h2>No callback yet</h2>
      {callback === null ? (
        <p class="note">The database has no callback. A server that writes to it adds its rows here as they come.</p>
      ) : (
        <>
          <p class="note">Sign a user in, and the callback is here at once:</p>
          <pre class="block">{signIn(callback)}</pre>
          <p class="filter-line">
            <CopyButton text={signIn(callback)} what="the command" />
            {server.value?.can_send === true && (
              <a class="button" href={link(['replay'])}>
                Sign a user in…
              </a>
            )}
          </p>
        </>
      )}
    </div>
  );
}

function signIn(callback: string): string {
  return `curl -X POST ${callback} \\\n  -H "Authorization: Bearer $(agent-paste mint --email ada@example.com)"`;
}

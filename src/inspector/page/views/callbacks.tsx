/** The list beside one callback. */
import { useEffect } from 'preact/hooks';
import { address } from '../browser/address.ts';
import { addRows, loadFeed, refreshFeed } from '../state/feed.ts';
import { filtersOf } from '../state/filters.ts';
import { subscribe } from '../state/live.ts';
import { generation } from '../state/server.ts';
import { CallbackList } from './callback-list.tsx';
import { CallbackView } from './callback-view.tsx';

export function Callbacks() {
  const { path, query } = address.value;
  const id = path[1];
  const filters = filtersOf(query);
  const asked = JSON.stringify(filters);
  const version = generation.value;
  // The text stands for the filters.
  useEffect(() => void loadFeed(filters), [asked]);
  // Rows may have come while no stream was open.
  useEffect(() => {
    if (version > 0) void refreshFeed(filters);
  }, [version]);
  useEffect(() => subscribe(addRows), []);
  return (
    <div class={id === undefined ? 'split none-chosen' : 'split'}>
      <CallbackList chosen={id} />
      {id === undefined ? (
        <section class="detail" aria-label="One callback">
          <p class="empty note">Choose a callback to see what it did.</p>
        </section>
      ) : (
        <CallbackView key={id} id={id} />
      )}
    </div>
  );
}

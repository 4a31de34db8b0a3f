/** The list of callbacks, live. */
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { CallbackRow } from '../../api-types.ts';
import { address, go } from '../browser/address.ts';
import { announce } from '../browser/copy.ts';
import { link } from '../browser/link.ts';
import { GRID_HEADING, rowRoles } from '../parts/grid-roles.ts';
import { Icon } from '../parts/icons.tsx';
import { OUTCOMES } from '../parts/outcomes.ts';
import { counted, grouped } from '../parts/short.ts';
import { useKeys } from '../parts/use-keys.ts';
import { useNarrow } from '../parts/use-narrow.ts';
import { VirtualList } from '../parts/virtual-list.tsx';
import { railOf } from '../pictures/rail.ts';
import { ROW } from '../pictures/rail.tsx';
import { callbackLink } from '../state/callback-link.ts';
import { type Feed, feed, loadOlder } from '../state/feed.ts';
import { paused, running, subscribe, tooFast } from '../state/live.ts';
import { CallbackRowView, rowId } from './callback-row.tsx';
import { FilterBar, toggleOutcome } from './filter-bar.tsx';
import { ListState } from './list-state.tsx';
import { Matches, SearchBox } from './search-box.tsx';

/** Rows before and after the window whose keys the rail knows. */
const RAIL_REACH = 200;
const NARROW_ROW = 46;

export function CallbackList({ chosen }: { readonly chosen: string | undefined }) {
  const { rows, fresh } = feed.value;
  const isNarrow = useNarrow(560);
  const cursor = chosen === undefined ? -1 : rows.findIndex((row) => row.request_id === chosen);
  const q = address.value.query.get('q');
  const role =
    chosen === undefined
      ? ({ role: 'main', 'aria-label': 'Callbacks', id: 'main', tabIndex: -1 } as const)
      : ({ role: 'region', 'aria-label': 'Callbacks' } as const);
  useListKeys(rows, cursor);
  useAnnouncements();
  return (
    // The same element with and without a chosen callback: where it stands in the list must stay.
    <div class="list" {...role}>
      <div class="list-head">
        {chosen === undefined && <h1 class="hidden">Callbacks</h1>}
        <div class="search-line">
          <SearchBox />
          <PauseButton />
        </div>
        <FilterBar />
        {q !== null && <Matches q={q} />}
      </div>
      {rows.length === 0 ? (
        <ListState />
      ) : (
        <Rows rows={rows} fresh={fresh} cursor={cursor} rowHeight={isNarrow ? NARROW_ROW : ROW} />
      )}
      <Foot />
    </div>
  );
}

interface RowsProps extends Pick<Feed, 'rows' | 'fresh'> {
  readonly cursor: number;
  readonly rowHeight: number;
}

function Rows({ rows, fresh, cursor, rowHeight }: RowsProps) {
  const from = useRef({ rows, start: -1, rail: railOf([]), reach: 0 });
  const railAt = (start: number) => {
    const held = from.current;
    const reach = Math.max(0, start - RAIL_REACH);
    if (held.rows !== rows || held.start !== start)
      from.current = { rows, start, reach, rail: railOf(rows.slice(reach, start + 2 * RAIL_REACH)) };
    return from.current;
  };
  const active = rows[cursor];
  const heading = useMemo(() => <Heading />, []);
  return (
    <VirtualList
      rows={rows}
      idOf={idOf}
      rowHeight={rowHeight}
      cursor={cursor}
      label="Callbacks, newest first"
      active={active === undefined ? undefined : rowId(active)}
      more={loadOlder}
      heading={heading}
      draw={(row, index, start) => {
        const { rail, reach } = railAt(start);
        return (
          <CallbackRowView
            key={row.id}
            row={row}
            index={index}
            rail={rail[index - reach]}
            chosen={index === cursor}
            fresh={fresh.has(row.id)}
            height={rowHeight}
          />
        );
      }}
    />
  );
}

const idOf = (row: CallbackRow) => row.id;

function Heading() {
  return (
    <div class="row row-head" {...rowRoles(0)}>
      {['', 'time', '', 'outcome', 'user', 'ms'].map((name, index) => (
        <span key={index} {...GRID_HEADING} class={index === 5 ? 'number' : ''}>
          {name || <span class="hidden">{index === 0 ? 'same key' : 'status'}</span>}
        </span>
      ))}
    </div>
  );
}

function useListKeys(rows: readonly CallbackRow[], cursor: number): void {
  const move = (by: number) => {
    const next = rows[Math.min(rows.length - 1, Math.max(0, cursor + by))];
    if (next !== undefined) go(callbackLink(next.request_id), 'replace');
  };
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    Enter: () => document.getElementById('main')?.focus(),
    Escape: () => go(link(['callbacks'], Object.fromEntries(address.value.query)), 'push'),
    ...Object.fromEntries(OUTCOMES.map((outcome, index) => [String(index + 1), () => toggleOutcome(outcome)])),
  });
}

const ANNOUNCE_EVERY_MS = 5000;

/** New rows are told politely, as a sum. */
function useAnnouncements(): void {
  useEffect(() => {
    let arrived = 0;
    let timer: number | undefined;
    const tell = () => {
      timer = undefined;
      if (arrived > 0) announce(counted(arrived, 'new callback'));
      arrived = 0;
    };
    const end = subscribe((rows) => {
      arrived += rows.length;
      timer ??= setTimeout(tell, ANNOUNCE_EVERY_MS);
    });
    return () => {
      clearTimeout(timer);
      end();
    };
  }, []);
}

function PauseButton() {
  const isPaused = paused.value;
  return (
    <button
      type="button"
      class="button"
      onClick={() => {
        paused.value = !isPaused;
      }}
    >
      <Icon name={isPaused ? 'play' : 'pause'} />
      {isPaused ? 'Go on' : 'Pause'}
    </button>
  );
}

function Foot() {
  const { rows, cursor } = feed.value;
  const fast = tooFast.value;
  const begun = running.value.size;
  return (
    <div class="list-foot">
      {fast > 0 ? (
        <span class="strong">{`${grouped(fast)} a second: not all of them are shown`}</span>
      ) : (
        <span>
          {cursor === null ? counted(rows.length, 'callback') : `the newest ${grouped(rows.length)}`}
          {begun > 0 && `, ${begun} being answered`}
        </span>
      )}
      <span class="hints" aria-hidden="true">
        <kbd>j</kbd>
        <kbd>k</kbd> move <kbd>/</kbd> search <kbd>?</kbd> all keys
      </span>
    </div>
  );
}

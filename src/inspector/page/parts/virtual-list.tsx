/** A list of rows of one height, of which only those near the window exist. */
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { GRID_ROWS, gridRoles, NO_ROLE } from './grid-roles.ts';
import { useSize } from './use-size.ts';
import { windowOf } from './window.ts';

interface VirtualListProps<T> {
  readonly rows: readonly T[];
  readonly idOf: (row: T) => number;
  readonly rowHeight: number;
  /** The row that must be seen; -1 for none. */
  readonly cursor: number;
  readonly label: string;
  /** The id of the element of the row with the cursor. */
  readonly active: string | undefined;
  /** Called near the end. */
  readonly more: () => void;
  readonly draw: (row: T, index: number, start: number) => ComponentChildren;
  /** What is drawn beside the rows, such as the heading, inside the grid. */
  readonly heading: ComponentChildren;
}

export function VirtualList<T>(props: VirtualListProps<T>) {
  const { rows, idOf, rowHeight, cursor, label, active, more, draw, heading } = props;
  const [box, { height }] = useSize<HTMLDivElement>();
  const [top, setTop] = useState(0);
  const { start, end } = windowOf(top, height, rowHeight, rows.length);
  useSteadyRows(box, rows, idOf, rowHeight);
  useEffect(() => {
    if (end >= rows.length - 20) more();
  }, [end, rows.length, more]);
  // Only a moved cursor scrolls, new rows do not.
  useEffect(() => {
    const element = box.current;
    if (element === null || cursor < 0 || height === 0) return;
    const y = cursor * rowHeight;
    if (y < element.scrollTop) element.scrollTop = y;
    else if (y + rowHeight > element.scrollTop + height) element.scrollTop = y + rowHeight - height;
  }, [active, height > 0]);
  return (
    <div class="grid" {...gridRoles({ label, rows: rows.length, active })}>
      {heading}
      <div
        class="grid-rows"
        {...GRID_ROWS}
        tabIndex={-1}
        ref={box}
        onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      >
        <div {...NO_ROLE} style={{ height: `${rows.length * rowHeight}px` }}>
          <div {...NO_ROLE} style={{ transform: `translateY(${start * rowHeight}px)` }}>
            {rows.slice(start, end).map((row, index) => draw(row, start + index, start))}
          </div>
        </div>
      </div>
    </div>
  );
}

/** What is read stays where it is when rows come on top; only at the very top the newest is shown. */
function useSteadyRows<T>(
  box: { readonly current: HTMLElement | null },
  rows: readonly T[],
  idOf: (row: T) => number,
  rowHeight: number,
): void {
  const first = useRef<number | undefined>(undefined);
  const newest = rows[0] === undefined ? undefined : idOf(rows[0]);
  useLayoutEffect(() => {
    const before = first.current;
    first.current = newest;
    const element = box.current;
    if (element === null || before === undefined || element.scrollTop === 0) return;
    const added = rows.findIndex((row) => idOf(row) === before);
    if (added > 0) element.scrollTop += added * rowHeight;
  }, [box, rows, newest, idOf, rowHeight]);
}

/** A list of rows of one height, of which only those near the window exist. */
import type { ComponentChildren, RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { GRID_ROWS, gridRoles, NO_ROLE } from './grid-roles.ts';
import { useSize } from './use-size.ts';
import { windowOf } from './window.ts';

/** As the stylesheet has it. It stays at the upper edge, over the rows. */
const HEADING = 26;

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
    else if (y + rowHeight + HEADING > element.scrollTop + height) element.scrollTop = y + rowHeight + HEADING - height;
  }, [active, height > 0]);
  return (
    <div
      class="grid"
      ref={box}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      {...gridRoles({ label, rows: rows.length, active })}
    >
      {heading}
      <div {...GRID_ROWS} style={{ height: `${rows.length * rowHeight}px` }}>
        <div {...NO_ROLE} style={{ transform: `translateY(${start * rowHeight}px)` }}>
          {rows.slice(start, end).map((row, index) => draw(row, start + index, start))}
        </div>
      </div>
    </div>
  );
}

/** What is read stays where it is when rows come on top; only at the very top the newest is shown. */
function useSteadyRows<T>(
  box: RefObject<HTMLElement | null>,
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

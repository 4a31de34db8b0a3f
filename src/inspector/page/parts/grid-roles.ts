/**
 * The roles of a list of which not all rows exist: a table cannot leave out rows that are not seen. One element has the
 * focus, the grid, and names its row (WAI-ARIA 1.2, grid with `aria-activedescendant`).
 */

interface Grid {
  readonly label: string;
  /** Those that are not drawn too. */
  readonly rows: number;
  /** The id of the element of the row with the cursor. */
  readonly active: string | undefined;
}

export function gridRoles({ label, rows, active }: Grid) {
  const descendant = active === undefined ? {} : { 'aria-activedescendant': active };
  return { role: 'grid', 'aria-label': label, 'aria-rowcount': rows + 1, tabIndex: 0, ...descendant } as const;
}

/** @param index 0 is the heading */
export function rowRoles(index: number, selected?: boolean) {
  const chosen = selected === undefined ? {} : { 'aria-selected': selected };
  return { role: 'row', 'aria-rowindex': index + 1, ...chosen } as const;
}

export const GRID_ROWS = { role: 'rowgroup' } as const;
export const GRID_HEADING = { role: 'columnheader' } as const;
export const GRID_CELL = { role: 'gridcell' } as const;
/** A box that scrolls sideways where it is narrow: the keyboard must reach it (WCAG 2.1.1). */
export const SCROLLS = { role: 'group', 'aria-label': 'scrolls sideways where it is wide', tabIndex: 0 } as const;
/** Boxes that only place rows. */
export const NO_ROLE = { role: 'presentation' } as const;

/** A table of rows that are alike. */

import type { ComponentChildren } from 'preact';
import { SCROLLS } from './grid-roles.ts';

export interface Column<T> {
  readonly name: string;
  readonly cell: (row: T, index: number) => ComponentChildren;
  readonly class?: string;
}

interface TableProps<T> {
  /** What the rows are, for assistive technology. */
  readonly caption: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly idOf: (row: T) => string | number;
}

export function Table<T>({ caption, columns, rows, idOf }: TableProps<T>) {
  return (
    <div class="scroll" {...SCROLLS}>
      <table class="rows">
        <caption class="hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ name, class: style = '' }) => (
              <th key={name} scope="col" class={style}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={idOf(row)}>
              {columns.map(({ name, cell, class: style = '' }) => (
                <td key={name} class={style}>
                  {cell(row, index)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

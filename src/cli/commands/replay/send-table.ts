/** Sends as a table and as JSON. */

import type { PlacedSend } from '../../../conformance/replay/document.ts';
import { printable } from '../../../errors/foreign-text.ts';

import { type Column, layout } from '../../terminal/fitted-table.ts';

export function sendTable(sends: readonly PlacedSend[], width: number | undefined): readonly string[] {
  const steps = sends.some(({ step }) => step !== undefined);
  const columns = COLUMNS.filter(({ name }) => name !== 'step' || steps);
  return layout(columns, sends, { width, heading: String });
}

const COLUMNS: readonly Column<PlacedSend>[] = [
  { name: '#', cell: ({ n }) => String(n) },
  { name: 'step', cell: ({ step = '' }) => step, cut: ['end', 12] },
  { name: 'key', cell: ({ key }) => (key === null ? '-' : printable(key)), cut: ['middle', 18] },
  { name: 'status', cell: ({ answer }) => String(answer.status) },
  {
    name: 'outcome',
    cell: ({ answer, outcome }) => (answer.reason === null ? outcome : `${outcome} ${answer.reason}`),
  },
  { name: 'sha256', cell: ({ answer }) => answer.sha256.slice(0, 12), cut: ['end', 8], drop: 1 },
  { name: 'ms', cell: ({ answer }) => answer.milliseconds.toFixed(1), drop: 2 },
];

/** Sends as a table and as JSON. */

import type { SendResult } from '../../../conformance/replay/result.ts';
import { printable } from '../../../errors/foreign-text.ts';

import { type Column, layout } from '../../terminal/fitted-table.ts';

/** A send with its scenario and step. */
export interface PlacedSend extends SendResult {
  readonly scenario?: string;
  /** The server that answered, if there are several. */
  readonly target?: string | undefined;
  readonly step?: string;
}

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
  { name: 'sha256', cell: ({ answer }) => answer.sha256.slice(0, 12) },
  { name: 'ms', cell: ({ answer }) => answer.milliseconds.toFixed(1), drop: 1 },
];

export function sendDocument({ n, scenario, target, step, key, outcome, attempts, answer }: PlacedSend): object {
  return {
    n,
    ...(scenario === undefined ? {} : { scenario }),
    ...(target === undefined ? {} : { target }),
    ...(step === undefined ? {} : { step }),
    key,
    status: answer.status,
    outcome,
    sha256: answer.sha256,
    ms: Math.round(answer.milliseconds * 10) / 10,
    code: answer.code,
    reason: answer.reason === null ? null : answer.reason,
    request_id: answer.headers.requestId ?? null,
    attempts,
  };
}

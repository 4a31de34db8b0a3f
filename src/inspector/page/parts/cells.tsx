/** Columns that several tables have. */
import type { CallbackRow, Outcome } from '../../api-types.ts';
import { link } from '../browser/link.ts';
import { Mark } from './mark.tsx';
import { WORDS } from './outcomes.ts';
import { milliseconds } from './short.ts';
import type { Column } from './table.tsx';
import { Foreign, Id } from './text.tsx';

export function OutcomeCell({
  outcome,
  reason = null,
}: {
  readonly outcome: Outcome;
  readonly reason?: string | null;
}) {
  return (
    <span class="what">
      <Mark outcome={outcome} />
      <span class={outcome}>{WORDS[outcome]}</span>
      {reason !== null && (
        <span class="mono second">
          <Foreign text={reason} />
        </span>
      )}
    </span>
  );
}

/** `21:24:07.912` today, with its date on other days. */
export function Moment({ iso, now }: { readonly iso: string; readonly now: string }) {
  const isToday = iso.slice(0, 10) === now.slice(0, 10);
  return (
    <time class="mono" dateTime={iso} title={iso}>
      {isToday ? iso.slice(11, 23) : `${iso.slice(0, 10)} ${iso.slice(11, 16)}`}
    </time>
  );
}

export const OUTCOME: Column<CallbackRow> = {
  name: 'outcome',
  cell: ({ outcome, reason }) => <OutcomeCell outcome={outcome} reason={reason} />,
};

export const REQUEST: Column<CallbackRow> = {
  name: 'request',
  cell: ({ request_id }) => <Id id={request_id} href={link(['callbacks', request_id])} />,
};

export const TOOK: Column<CallbackRow> = {
  name: 'ms',
  class: 'mono number',
  cell: (row) => milliseconds(row.milliseconds),
};

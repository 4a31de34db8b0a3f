/** A row of the list. */
import type { CallbackRow } from '../../api-types.ts';
import { go } from '../browser/address.ts';
import { GRID_CELL, rowRoles } from '../parts/grid-roles.ts';
import { WORDS } from '../parts/outcomes.ts';
import { milliseconds } from '../parts/short.ts';
import { Foreign, Id, Time } from '../parts/text.tsx';
import type { RailRow } from '../pictures/rail.ts';
import { RailCell } from '../pictures/rail.tsx';
import { callbackLink } from '../state/callback-link.ts';

interface RowProps {
  readonly row: CallbackRow;
  readonly index: number;
  readonly rail: RailRow | undefined;
  readonly chosen: boolean;
  readonly fresh: boolean;
  readonly height: number;
}

export function rowId({ id }: CallbackRow): string {
  return `row-${id}`;
}

const ALONE: RailRow = { lane: 0, up: [], down: [] };

export function CallbackRowView({ row, index, rail = ALONE, chosen, fresh, height }: RowProps) {
  // The keys of the list do the same.
  const open = { onClick: () => go(callbackLink(row.request_id), chosen ? 'replace' : 'push') };
  return (
    <div class={`row${fresh ? ' fresh' : ''}`} {...rowRoles(index + 1, chosen)} id={rowId(row)} {...open}>
      <span {...GRID_CELL} class="rail-cell">
        <RailCell rail={rail} outcome={row.outcome} height={height} />
      </span>
      <span {...GRID_CELL}>
        <Time iso={row.at} />
      </span>
      <span {...GRID_CELL} class="mono second">
        {row.status}
      </span>
      <span {...GRID_CELL} class="cut">
        <span class={row.outcome}>{WORDS[row.outcome]}</span>
        {row.reason !== null && row.outcome !== 'in_flight' && (
          <span class="mono second"> {<Foreign text={row.reason} />}</span>
        )}
        {row.callbacks > 1 && <span class="second">{` × ${row.callbacks}`}</span>}
      </span>
      <span {...GRID_CELL} class="cut">
        <User row={row} />
      </span>
      <span {...GRID_CELL} class="mono number">
        {milliseconds(row.milliseconds)}
      </span>
    </div>
  );
}

/** The address that WorkOS had; a subject without one; no user if the signature was not verified. */
function User({ row: { email, subject } }: { readonly row: CallbackRow }) {
  if (email !== null) return <Foreign text={email} />;
  if (subject !== null) return <Id id={subject} />;
  return <span class="dim">not verified</span>;
}

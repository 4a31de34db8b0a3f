import type { Outcome } from '../../api-types.ts';
import { Shape } from '../parts/mark.tsx';
import type { RailRow } from './rail.ts';

const LANE = 11;
export const ROW = 26;

/** One row of the rail: its lines, and the mark over them. The word of the outcome stands in the row. */
export function RailCell({
  rail,
  outcome,
  height,
}: {
  readonly rail: RailRow;
  readonly outcome: Outcome;
  readonly height: number;
}) {
  const x = (lane: number) => 6 + lane * LANE;
  const width = x(Math.max(rail.lane, ...rail.up, ...rail.down)) + 7;
  return (
    <svg class="rail" width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      {rail.up.map((lane) => (
        <path key={`u${lane}`} class="rail-line" d={`M${x(lane)} 0V13`} />
      ))}
      {rail.down.map((lane) => (
        <path key={`d${lane}`} class="rail-line" d={`M${x(lane)} 13V${height}`} />
      ))}
      <g class={outcome} transform={`translate(${x(rail.lane)} 13)`}>
        <Shape outcome={outcome} />
      </g>
    </svg>
  );
}

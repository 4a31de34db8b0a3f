/** The race as a picture, and beside it what came back. */

import { isoTime } from '../../../machine/values/time.ts';
import type { CallbackWithDetail } from '../../api-types.ts';
import { link } from '../browser/link.ts';
import { SCROLLS } from '../parts/grid-roles.ts';
import { Shape } from '../parts/mark.tsx';
import { WORDS } from '../parts/outcomes.ts';
import { counted, milliseconds } from '../parts/short.ts';
import { Id } from '../parts/text.tsx';
import { useSize } from '../parts/use-size.ts';
import { RACE_TOP, type Race, type RaceLane, raceOf } from './race.ts';
import { KINDS, type Kind } from './segments.ts';
import { ticks } from './ticks.ts';

const LABELS = 132;
const BAR = 17;

export function RacePicture({ callbacks }: { readonly callbacks: readonly CallbackWithDetail[] }) {
  const [ref, { width }] = useSize<HTMLDivElement>();
  const race = raceOf(callbacks, Math.max(260, width - LABELS - 60));
  const kinds = new Set(
    race.lanes.flatMap((each) => (each.kind === 'lane' ? each.segments.map(({ kind }) => kind) : [])),
  );
  return (
    <>
      <div class="race">
        <div class="scroll" ref={ref} {...SCROLLS}>
          {width > 0 && <Picture race={race} width={Math.max(LABELS + 320, width)} callbacks={callbacks} />}
        </div>
        <Answers race={race} />
      </div>
      <p class="legend">
        {(Object.entries(KINDS) as [Kind, string][])
          .filter(([kind]) => kinds.has(kind))
          .map(([kind, name]) => (
            <span key={kind}>
              <svg width="16" height="10" aria-hidden="true">
                <rect class={`segment ${kind}`} width="16" height="10" rx="1.5" />
              </svg>
              {name}
            </span>
          ))}
        {race.unknown > 0 && <span>{`${counted(race.unknown, 'callback')} without details, in no lane`}</span>}
      </p>
    </>
  );
}

interface PictureProps {
  readonly race: Race;
  readonly width: number;
  readonly callbacks: readonly CallbackWithDetail[];
}

function Picture({ race, width, callbacks }: PictureProps) {
  const { axis, commit, height, start } = race;
  return (
    <svg role="img" aria-label={sentence(race, callbacks)} width={width} height={height + 6}>
      <g transform={`translate(${LABELS} 0)`}>
        {axis.pieces.map((piece, index) =>
          // A piece begins again with the time that has passed.
          ticksOf(piece.from, piece.until, (piece.x2 - piece.x1) / 80).map((time) => (
            <g key={`${index} ${time}`}>
              <path class="axis" d={`M${axis.xOf(time)} 18V${height}`} />
              <text class="tick" x={axis.xOf(time)} y={12} text-anchor="middle">
                {index === 0
                  ? `${time / 1000}${time === 0 ? '' : ' ms'}`
                  : isoTime((start + time) / 1000).slice(11, 23)}
              </text>
            </g>
          )),
        )}
        {axis.folds.map(({ x1, x2 }) => (
          <path
            key={x1}
            class="fold"
            d={`M${(x1 + x2) / 2 - 2} 18l5 9-5 9M${(x1 + x2) / 2 - 2} ${height - 18}l5 9-5 9`}
          />
        ))}
        {race.lanes.map((each) =>
          each.kind === 'fold' ? (
            <text key={each.y} x={0} y={each.y + 15}>{`… ${each.count} like #2`}</text>
          ) : (
            <Lane key={each.number} lane={each} tall={race.laneHeight > 30} />
          ),
        )}
        {commit !== null && (
          <>
            <path class="commit" d={`M${commit.x} 22V${commit.until - 4}`} />
            <text class="commit-text" x={commit.x + 4} y={27}>
              commit
            </text>
          </>
        )}
        {race.lanes.map((each) =>
          each.kind === 'lane' && each.waitedUntil !== null ? (
            <circle key={each.number} class="ring" cx={each.waitedUntil} cy={each.y + BAR / 2 + 3} r={3.4} />
          ) : null,
        )}
      </g>
    </svg>
  );
}

/** Of the first piece from zero; of a later one where it begins. */
function ticksOf(from: number, until: number, most: number): readonly number[] {
  if (from > 0) return [from + (until - from) / 2];
  return ticks(Math.max(1, until), Math.max(1, Math.floor(most)));
}

function Lane({ lane, tall }: { readonly lane: RaceLane; readonly tall: boolean }) {
  const { y, number, callback, segments, end, note } = lane;
  const { outcome } = callback;
  return (
    <g>
      <text class="strong" x={-LABELS} y={y + 15}>
        #{number}
      </text>
      <g class={outcome} transform={`translate(${-LABELS + 34} ${y + 11})`}>
        <Shape outcome={outcome} />
      </g>
      <text x={-LABELS + 46} y={y + 15} class={`word ${outcome}`}>
        {WORDS[outcome]}
      </text>
      {segments.map(({ kind, start, x1, x2 }) => (
        <rect
          key={start}
          class={`segment ${kind}`}
          x={x1}
          y={y + 3}
          width={Math.max(1.5, x2 - x1 - 1)}
          height={BAR}
          rx={2}
        />
      ))}
      <text class="mono-text" x={end + 8} y={y + 15}>
        {milliseconds(callback.milliseconds)}
      </text>
      {tall && (
        <text x={segments[0]?.x1 ?? 0} y={y + 33}>
          {note}
        </text>
      )}
    </g>
  );
}

/** In rows as high as the lanes. */
function Answers({ race }: { readonly race: Race }) {
  return (
    <table class="answers">
      <caption class="hidden">What came back, in the order of arrival</caption>
      <thead>
        <tr style={{ height: `${RACE_TOP}px` }}>
          {['status', 'bytes', '', 'request'].map((name) => (
            <th key={name} scope="col">
              {name || <span class="hidden">same bytes</span>}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {race.lanes.map((each) => (
          <tr key={each.y} style={{ height: `${race.laneHeight}px` }}>
            {each.kind === 'fold' ? (
              <td colSpan={4} />
            ) : (
              <>
                <td class="mono">{each.callback.status}</td>
                <td class="mono">{each.callback.detail?.answer?.bytes ?? ''}</td>
                <td>
                  <Same lane={each} />
                </td>
                <td>
                  <Id id={each.callback.request_id} href={link(['callbacks', each.callback.request_id])} />
                </td>
              </>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Same({ lane: { same, number } }: { readonly lane: RaceLane }) {
  if (same === null) return null;
  if (!same) return <span class="unavailable strong">≠</span>;
  return number === 1 ? <span class="dim">first</span> : <span class="provisioned strong">=</span>;
}

function sentence({ lanes, commit }: Race, callbacks: readonly CallbackWithDetail[]): string {
  const waited = lanes.filter((each) => each.kind === 'lane' && each.waitedUntil !== null).length;
  return `${counted(callbacks.length, 'callback')} of one key on a time axis${commit === null ? '' : ', one committed'}, ${waited} waited for it`;
}

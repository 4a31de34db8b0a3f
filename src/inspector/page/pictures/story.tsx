/** The story of a member as a picture. */

import { DAY, isoTime } from '../../../machine/values/time.ts';
import type { MemberAnswer } from '../../api-types.ts';
import { SCROLLS } from '../parts/grid-roles.ts';
import { Shape } from '../parts/mark.tsx';
import { WORDS } from '../parts/outcomes.ts';
import { counted, shortened } from '../parts/short.ts';
import { useSize } from '../parts/use-size.ts';
import { type Story, storyOf } from './story.ts';
import { timeLabel, timeTicks } from './ticks.ts';

const LABELS = 148;
const HOUR = 3_600_000;
const LEAST_WIDTH = 640;

export function StoryPicture({ member, now }: { readonly member: MemberAnswer; readonly now: number }) {
  const [ref, { width }] = useSize<HTMLDivElement>();
  const whole = Math.max(LEAST_WIDTH, width);
  const story = storyOf(member, now, whole - LABELS - 8);
  return (
    <div class="scroll" ref={ref} {...SCROLLS}>
      {width > 0 && (
        <svg class="story" role="img" aria-label={sentence(member)} width={whole} height={story.height + 24}>
          <Labels story={story} publicId={member.api_keys[0]?.public_id ?? ''} />
          <g transform={`translate(${LABELS} 0)`}>
            <Axis story={story} />
            {story.sessions.map(({ id, y, dots }) => (
              <g key={id}>
                <path class="rail-line" d={`M${dots[0]?.x ?? 0} ${y}H${dots.at(-1)?.x ?? 0}`} />
                {dots.map(({ row, x }) => (
                  <g key={row.id} class={row.outcome} transform={`translate(${x} ${y})`}>
                    <title>{`${row.at} ${WORDS[row.outcome]}`}</title>
                    <Shape outcome={row.outcome} />
                  </g>
                ))}
              </g>
            ))}
            {story.records.map(({ record, x1, x2, y }) => (
              <rect
                key={record.idempotency_key}
                class={record.expired ? 'record-bar ended' : 'record-bar'}
                x={x1}
                y={y}
                width={Math.max(2, x2 - x1)}
                height={5}
                rx={2.5}
              />
            ))}
            {story.keys.map(({ key, x1, x2, y, used }) => (
              <g key={key.id} class="key-line">
                <path d={`M${x1} ${y + 8}H${x2}`} />
                <circle cx={x1} cy={y + 8} r={4} />
                {used !== null && <path d={`M${used} ${y + 2}v12`} />}
                <text x={x1 + 6} y={y}>
                  made
                </text>
                {used !== null && used > x1 + 44 && (
                  <text x={used - 4} y={y} text-anchor="end">
                    last used
                  </text>
                )}
                {key.revoked && (
                  <text x={x2} y={y} text-anchor="end">
                    revoked
                  </text>
                )}
              </g>
            ))}
            {story.addresses.map((bar, index) => (
              <Bar key={bar.email} {...bar} text={bar.email} chosen={index === story.addresses.length - 1} />
            ))}
            {story.signing.map((bar) => (
              <Bar key={bar.kid} {...bar} text={`kid ${shortened(bar.kid, 10)}`} chosen={!bar.retired} />
            ))}
            <path class="now-line" d={`M${story.now} 26V${story.height}`} />
          </g>
        </svg>
      )}
    </div>
  );
}

function Labels({ story: { sessions, tops }, publicId }: { readonly story: Story; readonly publicId: string }) {
  const rows = [
    ['Callbacks', 'by session', (sessions[0]?.y ?? 46) + 4],
    ['Records', 'replayed while they live', tops.records + 8],
    ['API key', publicId, tops.keys + 6],
    ['E-mail', '', tops.addresses + 12],
    ['Signing keys', '', tops.signing + 12],
  ] as const;
  return (
    <>
      {rows.map(([name, under, y]) => (
        <g key={name}>
          <text class="strong" x={0} y={y}>
            {name}
          </text>
          <text x={0} y={y + 13}>
            {under}
          </text>
        </g>
      ))}
    </>
  );
}

interface BarProps {
  readonly x1: number;
  readonly x2: number;
  readonly y: number;
  readonly text: string;
  readonly chosen: boolean;
}

/** Its text stands inside, as far as it fits. */
function Bar({ x1, x2, y, text, chosen }: BarProps) {
  const letters = Math.floor((x2 - x1 - 10) / 6.2);
  return (
    <g class={chosen ? 'story-bar chosen' : 'story-bar'}>
      <rect x={x1} y={y} width={Math.max(1, x2 - x1 - 1)} height={17} rx={3} />
      {letters > 3 && (
        <text x={x1 + 7} y={y + 12.5}>
          {shortened(text, letters)}
        </text>
      )}
    </g>
  );
}

function Axis({ story: { axis, height } }: { readonly story: Story }) {
  return (
    <>
      {axis.pieces.map((piece, index) => {
        const times = timeTicks(piece.from, piece.until, Math.max(1, Math.floor((piece.x2 - piece.x1) / 70)));
        const step = (times[1] ?? Number.POSITIVE_INFINITY) - (times[0] ?? 0);
        const day = isoTime(piece.from).slice(0, 10);
        return (
          <g key={piece.x1}>
            <rect class="ground" x={piece.x1} y={22} width={piece.x2 - piece.x1} height={height - 20} />
            {piece.x2 - piece.x1 > 66 || index === 0 ? (
              <text class="strong" x={piece.x1 + 5} y={14}>
                {day}
              </text>
            ) : null}
            {times.map((time) => (
              <g key={time}>
                <path class="axis" d={`M${axis.xOf(time)} 22V${height + 2}`} />
                <text class="tick" x={axis.xOf(time)} y={height + 16} text-anchor="middle">
                  {timeLabel(isoTime(time), Math.min(step, HOUR))}
                </text>
              </g>
            ))}
          </g>
        );
      })}
      {axis.folds.map(({ from, until, x1, x2 }) => (
        <g key={x1}>
          <path class="fold" d={`M${(x1 + x2) / 2 - 2} 24l5 9-5 9`} />
          <text class="tick" x={(x1 + x2) / 2} y={14} text-anchor="middle">
            {idle(until - from)}
          </text>
        </g>
      ))}
    </>
  );
}

/** `27 h`, `6 d`, `40 min`. */
function idle(ms: number): string {
  if (ms < 2 * HOUR) return `${Math.round(ms / 60_000)} min`;
  return ms < 3 * DAY ? `${Math.round(ms / HOUR)} h` : `${Math.round(ms / DAY)} d`;
}

function sentence({ callbacks, sessions, records, api_keys, addresses }: MemberAnswer): string {
  const parts = [
    `${counted(callbacks.length, 'callback')} in ${counted(sessions.length, 'session')}`,
    counted(records.length, 'record'),
    counted(api_keys.length, 'API key'),
    counted(addresses.length, 'e-mail address', 'e-mail addresses'),
  ];
  return `Story of the member on a time axis: ${parts.join(', ')}`;
}

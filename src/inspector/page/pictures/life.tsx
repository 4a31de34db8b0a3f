import { isoTime, relative, span } from '../../../machine/values/time.ts';
import type { CallbackWithDetail, RecordRow } from '../../api-types.ts';
import { counted } from '../parts/short.ts';
import { useSize } from '../parts/use-size.ts';
import { lifeOf } from './life.ts';

interface LifeProps {
  readonly record: RecordRow;
  readonly callbacks: readonly CallbackWithDetail[];
  readonly now: number;
}

const INSET = 14;

export function LifePicture({ record, callbacks, now }: LifeProps) {
  const [ref, { width }] = useSize<HTMLDivElement>();
  const life = lifeOf(record, callbacks, now, Math.max(200, width - 2 * INSET));
  const long =
    record.expires_at === null ? '' : span((Date.parse(record.expires_at) - Date.parse(record.created_at)) / 1000);
  return (
    <div ref={ref}>
      {width > 0 && (
        <svg
          class="life"
          role="img"
          aria-label={sentence(record, callbacks, now)}
          width={Math.max(200 + 2 * INSET, width)}
          height={126}
        >
          <g transform={`translate(${INSET} 0)`}>
            {life.token !== null && (
              <>
                <rect class="token-bar" x={0} y={12} width={life.token.x2} height={16} rx={3} />
                <text x={6} y={24}>
                  token
                </text>
              </>
            )}
            <rect
              class={record.expired ? 'kept-bar ended' : 'kept-bar'}
              x={0}
              y={38}
              width={life.record.x2}
              height={22}
              rx={4}
            />
            <text class="strong" x={life.record.x2 / 2} y={53} text-anchor="middle">
              these bytes are the answer
            </text>
            <text class="mono-text" x={life.record.x2 - 6} y={53} text-anchor="end">
              {long}
            </text>
            {life.dots.map((x, index) => (
              <circle key={index} class="life-dot" cx={x + 4} cy={49} r={2.8} />
            ))}
            <path class="now-line" d={`M${life.now} 32V92`} />
            <text
              class="now-text"
              x={life.now + (life.now > life.record.x2 - 40 ? -5 : 5)}
              y={80}
              text-anchor={life.now > life.record.x2 - 40 ? 'end' : 'start'}
            >
              now
            </text>
            <text x={life.record.x2} y={80} text-anchor="end">
              {life.now > life.record.x2 - 240 ? '' : 'after that: seen, never a second member'}
            </text>
            <path class="axis" d={`M0 96.5H${life.record.x2}`} />
            {life.broken !== null && <path class="fold" d={`M${life.broken + 10} 92l6 9M${life.broken + 14} 92l6 9`} />}
            {life.marks.map(({ x, time }, index) => (
              <g key={time}>
                <path class="axis strong-axis" d={`M${x} 92v5`} />
                <text
                  class="tick"
                  x={x}
                  y={112}
                  text-anchor={index === 0 ? 'start' : index === life.marks.length - 1 ? 'end' : 'middle'}
                >
                  {isoTime(time).slice(11, 16)}
                </text>
              </g>
            ))}
          </g>
        </svg>
      )}
    </div>
  );
}

function sentence(
  { created_at, expires_at, expired }: RecordRow,
  callbacks: readonly CallbackWithDetail[],
  now: number,
): string {
  const ends = expires_at === null ? 'has no end' : `${expired ? 'ended' : 'ends'} ${relative(expires_at, now)}`;
  return `Life of the record: made at ${created_at}, ${ends}. ${counted(callbacks.length, 'callback')} got its bytes or asked for them. After the end a callback of its user is seen, never a second member.`;
}

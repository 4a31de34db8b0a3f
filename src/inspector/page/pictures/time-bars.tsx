/** The bars as a picture; a drag over them chooses a range of time. */
import { useRef, useState } from 'preact/hooks';
import { isoTime } from '../../../machine/values/time.ts';
import type { CountersAnswer } from '../../api-types.ts';
import { WORDS } from '../parts/outcomes.ts';
import { counted } from '../parts/short.ts';
import { useSize } from '../parts/use-size.ts';
import { timeLabel, timeTicks } from './ticks.ts';
import { chosenRange, timeBars } from './time-bars.ts';

const HEIGHT = 24;

interface TimeBarsProps {
  readonly answer: CountersAnswer;
  readonly choose?: (range: { readonly since: string; readonly until: string }) => void;
  readonly height?: number;
}

export function TimeBars({ answer, choose, height = HEIGHT }: TimeBarsProps) {
  const [ref, { width }] = useSize<HTMLDivElement>();
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);
  const box = useRef<SVGSVGElement>(null);
  const first = answer.bins[0]?.from;
  const at = (event: PointerEvent) => event.clientX - (box.current?.getBoundingClientRect().left ?? 0);
  const end = () => {
    if (drag !== null && choose !== undefined && Math.abs(drag.to - drag.from) > 3) {
      const range = chosenRange(answer, drag.from, drag.to, width);
      if (range !== undefined) choose(range);
    }
    setDrag(null);
  };
  return (
    <div class="time-bars" ref={ref}>
      {width > 0 && first !== undefined && (
        <svg
          ref={box}
          role="img"
          aria-label={sentence(answer)}
          width={width}
          height={height + 17}
          onPointerDown={(event) => {
            if (choose === undefined) return;
            event.currentTarget.setPointerCapture(event.pointerId);
            setDrag({ from: at(event), to: at(event) });
          }}
          onPointerMove={(event) => drag !== null && setDrag({ ...drag, to: at(event) })}
          onPointerUp={end}
          onPointerCancel={() => setDrag(null)}
        >
          {drag && (
            <rect
              class="drag"
              x={Math.min(drag.from, drag.to)}
              y={0}
              width={Math.abs(drag.to - drag.from)}
              height={height}
            />
          )}
          {timeBars(answer.bins, { width, height }).map((bar) => (
            <g key={bar.from}>
              {bar.parts.map(({ outcome, y, height: part }) => (
                <rect key={outcome} class={`bar ${outcome}`} x={bar.x} y={y} width={bar.width} height={part} />
              ))}
            </g>
          ))}
          <path class="axis" d={`M0 ${height + 0.5}H${width}`} />
          <Labels first={first} until={answer.until} width={width} y={height + 14} />
        </svg>
      )}
    </div>
  );
}

interface LabelsProps {
  readonly first: string;
  readonly until: string;
  readonly width: number;
  readonly y: number;
}

function Labels({ first, until, width, y }: LabelsProps) {
  const [start, end] = [Date.parse(first), Date.parse(until)];
  const times = timeTicks(start, end, Math.max(1, Math.floor(width / 130)));
  const step = (times[1] ?? end) - (times[0] ?? start);
  const x = (time: number) => ((time - start) / Math.max(1, end - start)) * width;
  return (
    <>
      {times
        .filter((time) => x(time) < width - 70)
        .map((time) => (
          <text key={time} class="tick" x={x(time)} y={y} text-anchor={x(time) < 20 ? 'start' : 'middle'}>
            {timeLabel(isoTime(time), step)}
          </text>
        ))}
      <text class="tick" x={width} y={y} text-anchor="end">
        {timeLabel(until, step)}
      </text>
    </>
  );
}

function sentence({ callbacks, outcomes, since, until }: CountersAnswer): string {
  const parts = Object.entries(outcomes).map(([outcome, count]) => `${count} ${WORDS[outcome as keyof typeof WORDS]}`);
  const when = since === null ? `until ${until}` : `from ${since} to ${until}`;
  return `${counted(callbacks, 'callback')} ${when}${parts.length === 0 ? '' : `: ${parts.join(', ')}`}`;
}

import type { CallbackDetail, CallbackRow } from '../../api-types.ts';
import { SCROLLS } from '../parts/grid-roles.ts';
import { useSize } from '../parts/use-size.ts';
import { type PlacedStep, sequenceOf } from './sequence.ts';
import { stepsOf } from './steps.ts';

interface SequenceProps {
  readonly row: CallbackRow;
  readonly detail: CallbackDetail;
}

/** Who asked whom. The sentence of the picture lists the same steps. */
export function SequencePicture({ row, detail }: SequenceProps) {
  const [ref, { width }] = useSize<HTMLDivElement>();
  const steps = stepsOf(row, detail);
  const { lanes, steps: placed, top, height } = sequenceOf(steps, Math.max(360, width));
  const api = lanes[1]?.x ?? 0;
  return (
    <div class="scroll" ref={ref} {...SCROLLS}>
      {width > 0 && (
        <svg class="sequence" role="img" aria-label={sentence(placed)} width={Math.max(360, width)} height={height + 6}>
          {lanes.map(({ lane, x, asked }) => (
            <g key={lane} class={asked ? '' : 'not-asked'}>
              <text class="lane-name" x={x} y={12} text-anchor="middle">
                {lane}
              </text>
              <path class="lane" d={`M${x} ${top - 4}V${height}`} />
              {!asked && (
                <text class="tick" x={x} y={height - 12} text-anchor="middle">
                  not asked
                </text>
              )}
            </g>
          ))}
          <rect class="active" x={api - 3.5} y={top + 16} width={7} height={height - top - 18} rx={2} />
          {placed.map((each, index) => (
            <Drawn key={index} placed={each} outcome={row.outcome} />
          ))}
        </svg>
      )}
    </div>
  );
}

function Drawn({
  placed: { step, y, x1, x2, text },
  outcome,
}: {
  readonly placed: PlacedStep;
  readonly outcome: string;
}) {
  if (step.kind === 'note')
    return (
      <text class={`note-${step.tone}`} x={x1} y={y + 4}>
        {text}
      </text>
    );
  const side = x2 > x1 ? 1 : -1;
  const isLast = step.to === 'client';
  const [from, to] = [x1 + side * (step.from === 'API' ? 4 : 0), x2 - side * (step.to === 'API' ? 4 : 0)];
  return (
    <g class={isLast ? outcome : ''}>
      <path
        class={isLast ? 'arrow last' : 'arrow'}
        d={`M${from} ${y}H${to - side}M${to - side * 5} ${y - 3}L${to} ${y}L${to - side * 5} ${y + 3}`}
      />
      <text class={isLast ? 'arrow-text last' : 'arrow-text'} x={(x1 + x2) / 2} y={y - 4} text-anchor="middle">
        {text}
      </text>
    </g>
  );
}

function sentence(placed: readonly PlacedStep[]): string {
  const told = placed.map(({ step }) =>
    step.kind === 'note' ? step.text : `${step.from} to ${step.to}: ${step.text}`,
  );
  return `What happened, in order. ${told.join('; ')}`;
}

/** The spans of a callback as one bar. */
import type { Span } from '../../api-types.ts';
import { duration } from '../parts/short.ts';
import { useSize } from '../parts/use-size.ts';
import { KINDS, placedSegments, segmentsOf } from './segments.ts';

export function SpansBar({ spans }: { readonly spans: readonly Span[] }) {
  const [ref, { width }] = useSize<HTMLDivElement>();
  const segments = segmentsOf(spans);
  const told = segments.map(({ kind, start, end }) => `${KINDS[kind]} ${duration(end - start)}`).join(', ');
  return (
    <div ref={ref}>
      {width > 0 && segments.length > 0 && (
        <svg class="spans" role="img" aria-label={`Time taken: ${told}`} width={width} height={28}>
          {placedSegments(segments, width).map(({ kind, start, end, x, width: part, label }) => (
            <g key={start}>
              <rect class={`segment ${kind}`} x={x} y={1} width={part} height={10} rx={1.5}>
                <title>{`${KINDS[kind]}: ${duration(end - start)}`}</title>
              </rect>
              {label !== null && (
                <text class="tick" x={x} y={24}>
                  {label}
                </text>
              )}
            </g>
          ))}
        </svg>
      )}
    </div>
  );
}

/** The mark of an outcome: shape and word always go with the colour. */
import type { Outcome } from '../../api-types.ts';

export function Mark({ outcome }: { readonly outcome: Outcome }) {
  return (
    <svg class={`mark ${outcome}`} viewBox="-6 -6 12 12" aria-hidden="true">
      <Shape outcome={outcome} />
    </svg>
  );
}

/** Around the origin, 8 to 10 units wide; for marks inside pictures too. */
export function Shape({ outcome }: { readonly outcome: Outcome }) {
  const line = { fill: 'var(--panel)', stroke: 'currentColor', 'stroke-width': 1.6 };
  switch (outcome) {
    case 'provisioned':
      return <circle r="4.4" fill="currentColor" />;
    case 'seen':
      return (
        <>
          <circle r="3.8" {...line} />
          <path d="M0-3.8a3.8 3.8 0 0 1 0 7.6z" fill="currentColor" />
        </>
      );
    case 'replayed':
      return <circle r="3.8" {...line} />;
    case 'refused':
      return <path d="M0-4.8 5.2 4.2H-5.2z" fill="currentColor" />;
    case 'in_flight':
      return <path d="M0-5 5 0 0 5-5 0z" {...line} />;
    case 'unavailable':
      return <path d="M-4-4h8v8h-8z" fill="currentColor" />;
  }
}

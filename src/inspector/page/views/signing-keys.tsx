/** Keys of the local WorkOS: when each was published, and how many tokens named it. */
import { isoTime } from '../../../machine/values/time.ts';
import type { SigningKeysAnswer } from '../../api-types.ts';
import { now } from '../browser/clock.ts';
import { link } from '../browser/link.ts';
import { Moment } from '../parts/cells.tsx';
import { Panel } from '../parts/panel.tsx';
import { counted, grouped } from '../parts/short.ts';
import { Table } from '../parts/table.tsx';
import { Id } from '../parts/text.tsx';
import { useSize } from '../parts/use-size.ts';
import { publishedOf } from '../pictures/published.ts';
import { timeLabel } from '../pictures/ticks.ts';
import { useResource } from '../state/resource.ts';

export function SigningKeys() {
  const { value, error } = useResource<SigningKeysAnswer>(['signing-keys'], {}, true);
  const today = isoTime(now());
  return (
    <main class="page" id="main" tabIndex={-1}>
      <div class="title">
        <h1>Signing keys</h1>
      </div>
      {error !== null && <p class="note">{error.message}</p>}
      {value !== null && value.keys.length === 0 && (
        <p class="note">The signing keys are elsewhere: this server does not play WorkOS.</p>
      )}
      {value !== null && value.keys.length > 0 && (
        <Panel title="Published" note={`tokens are those of ${counted(value.callbacks, 'callback')} with details`}>
          <Picture value={value} />
          <Table
            caption="Signing keys, newest first"
            rows={value.keys.toReversed()}
            idOf={({ kid }) => kid}
            columns={[
              { name: 'kid', cell: ({ kid }) => <Id id={kid} room={44} /> },
              { name: 'state', cell: ({ newest, retired_at }) => stateOf(newest, retired_at) },
              { name: 'published', cell: ({ created_at }) => <Moment iso={created_at} now={today} /> },
              {
                name: 'retired',
                cell: ({ retired_at }) => retired_at !== null && <Moment iso={retired_at} now={today} />,
              },
              { name: 'tokens', class: 'number', cell: ({ tokens }) => grouped(tokens) },
            ]}
          />
        </Panel>
      )}
      {value !== null && value.unknown.length > 0 && (
        <Panel
          title="Named, and not in the set"
          note={<a href={link(['callbacks'], { reason: 'kid_unknown' })}>callbacks refused for it</a>}
        >
          <Table
            caption="Unknown keys"
            rows={value.unknown}
            idOf={({ kid }) => kid}
            columns={[
              { name: 'kid', cell: ({ kid }) => <Id id={kid} room={44} /> },
              { name: 'last', cell: ({ last_at }) => <Moment iso={last_at} now={today} /> },
              { name: 'tokens', class: 'number', cell: ({ tokens }) => grouped(tokens) },
            ]}
          />
        </Panel>
      )}
    </main>
  );
}

function stateOf(newest: boolean, retired: string | null): string {
  if (retired !== null) return 'retired';
  return newest ? 'signs new tokens' : 'still published';
}

const LANE = 24;

function Picture({ value: { keys } }: { readonly value: SigningKeysAnswer }) {
  const [ref, { width }] = useSize<HTMLDivElement>();
  const { bars, marks, step } = publishedOf(keys, now(), width);
  const height = bars.length * LANE;
  const told = keys.map(({ kid, newest, retired_at }) => `${kid} ${stateOf(newest, retired_at)}`).join(', ');
  return (
    <div ref={ref}>
      {width > 0 && (
        <svg role="img" aria-label={`Signing keys on a time axis: ${told}`} width={width} height={height + 20}>
          {marks.map(({ x, time }) => (
            <g key={time}>
              <path class="axis" d={`M${x} 0V${height}`} />
              <text
                class="tick"
                x={x}
                y={height + 14}
                text-anchor={x < 30 ? 'start' : x > width - 30 ? 'end' : 'middle'}
              >
                {timeLabel(isoTime(time), step)}
              </text>
            </g>
          ))}
          {bars.map(({ key, x1, x2 }, index) => (
            <g key={key.kid} class={key.newest ? 'story-bar chosen' : 'story-bar'}>
              <rect x={x1} y={index * LANE + 3} width={Math.max(2, x2 - x1)} height={17} rx={3} />
            </g>
          ))}
        </svg>
      )}
    </div>
  );
}

/** What came in, what was refused and why, and the settings by which tokens are judged. */
import type { CountersAnswer } from '../../api-types.ts';
import { address, go, linkWith } from '../browser/address.ts';
import { link } from '../browser/link.ts';
import { Mark } from '../parts/mark.tsx';
import { OUTCOMES, WORDS } from '../parts/outcomes.ts';
import { Panel } from '../parts/panel.tsx';
import { counted, grouped, milliseconds } from '../parts/short.ts';
import { Table } from '../parts/table.tsx';
import { Choice } from '../parts/tabs.tsx';
import { Foreign, Id } from '../parts/text.tsx';
import { TimeBars } from '../pictures/time-bars.tsx';
import { useResource } from '../state/resource.ts';
import { server } from '../state/server.ts';
import { NothingYet } from './list-state.tsx';

const RANGES = { '15m': '15 min', '1h': '1 h', '24h': '24 h', all: 'All' };
type Range = keyof typeof RANGES;

export function Overview() {
  const asked = address.value.query.get('since') ?? 'all';
  const range: Range = Object.hasOwn(RANGES, asked) ? (asked as Range) : 'all';
  const since = range === 'all' ? null : range;
  const { value } = useResource<CountersAnswer>(['counters'], { since, bins: 60 }, true);
  return (
    <main class="page" id="main" tabIndex={-1}>
      <div class="title">
        <h1>Overview</h1>
        <Choice
          label="Range of time"
          options={RANGES}
          chosen={range}
          choose={(next) => go(linkWith({ since: next }), 'replace')}
        />
      </div>
      {value !== null &&
        (value.callbacks > 0 || since !== null ? <Counted value={value} since={since} /> : <NothingYet />)}
      <Settings />
    </main>
  );
}

function Counted({ value, since }: { readonly value: CountersAnswer; readonly since: string | null }) {
  const { callbacks, outcomes, complete, milliseconds: took, reasons } = value;
  const choose = (range: { since: string; until: string }) => go(link(['callbacks'], range));
  return (
    <>
      <Panel
        title="Callbacks"
        note={`${counted(callbacks, 'callback')}${complete ? '' : ', older ones are still being counted'}`}
        end={
          took.p50 !== null && `half within ${milliseconds(took.p50)} ms, 95 % within ${milliseconds(took.p95 ?? 0)} ms`
        }
      >
        <TimeBars answer={value} choose={choose} height={60} />
        <div class="tiles">
          {OUTCOMES.map((outcome) => (
            <a key={outcome} class="tile" href={link(['callbacks'], { outcome, since })}>
              <span class="count">{grouped(outcomes[outcome] ?? 0)}</span>
              <span class={`what ${outcome}`}>
                <Mark outcome={outcome} />
                {WORDS[outcome]}
              </span>
            </a>
          ))}
        </div>
      </Panel>
      {reasons.length > 0 && (
        <Panel title="Why callbacks had no answer" note="most frequent first">
          <Table
            caption="Reasons"
            rows={reasons}
            idOf={({ reason }) => reason}
            columns={[
              {
                name: 'reason',
                cell: ({ reason }) => (
                  <a class="mono" href={link(['callbacks'], { reason, since })}>
                    <Foreign text={reason} />
                  </a>
                ),
              },
              { name: 'callbacks', class: 'number', cell: (row) => grouped(row.callbacks) },
              {
                name: 'newest',
                cell: ({ request_id }) => <Id id={request_id} href={link(['callbacks', request_id])} />,
              },
              { name: 'what to do', cell: ({ remedy }) => <span class="second">{remedy}</span> },
            ]}
          />
        </Panel>
      )}
    </>
  );
}

/** As `GET /local/verifier` of the API has them. */
function Settings() {
  const settings = Object.entries(server.value?.settings ?? {});
  return (
    <Panel title="How tokens are judged">
      {settings.length === 0 ? (
        <p class="note">No server is beside this page: it reads a database.</p>
      ) : (
        <table class="claims">
          <tbody>
            {settings.map(([name, value]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td class="mono">
                  <Foreign text={typeof value === 'string' ? value : JSON.stringify(value)} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}

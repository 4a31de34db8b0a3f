/** What happened: as a sequence, or as a table of the same numbers. */
import type { CallbackDetail, CallbackRow } from '../../api-types.ts';
import { address, go, linkWith } from '../browser/address.ts';
import { Panel } from '../parts/panel.tsx';
import { duration, milliseconds } from '../parts/short.ts';
import { Choice } from '../parts/tabs.tsx';
import { KINDS, segmentsOf } from '../pictures/segments.ts';
import { SequencePicture } from '../pictures/sequence.tsx';
import { SpansBar } from '../pictures/spans.tsx';

interface HappenedProps {
  readonly row: CallbackRow;
  readonly detail: CallbackDetail;
}

const TABS = { sequence: 'Sequence', table: 'Table' };

export function HappenedPanel({ row, detail }: HappenedProps) {
  const tab = address.value.query.get('tab') === 'table' ? 'table' : 'sequence';
  const end = (
    <>
      <Choice
        label="What happened, shown as"
        options={TABS}
        chosen={tab}
        choose={(next) => go(linkWith({ tab: next === 'table' ? next : null }), 'replace')}
      />{' '}
      <span class="mono">{milliseconds(row.milliseconds)} ms</span>
    </>
  );
  return (
    <Panel title="What happened" end={end}>
      {tab === 'sequence' ? (
        <>
          <SequencePicture row={row} detail={detail} />
          <SpansBar spans={detail.spans} />
        </>
      ) : (
        <SpansTable detail={detail} />
      )}
    </Panel>
  );
}

function SpansTable({ detail }: { readonly detail: CallbackDetail }) {
  return (
    <table class="rows">
      <thead>
        <tr>
          <th scope="col">part</th>
          <th scope="col" class="number">
            begins after
          </th>
          <th scope="col" class="number">
            takes
          </th>
        </tr>
      </thead>
      <tbody>
        {segmentsOf(detail.spans).map(({ kind, name, start, end }) => (
          <tr key={start}>
            <td>
              {KINDS[kind]} {kind === 'hold' && <span class="mono">{name.replace('hold.', '')}</span>}
            </td>
            <td class="mono number">{duration(start)}</td>
            <td class="mono number">{duration(end - start)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

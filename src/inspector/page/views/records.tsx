/** Records, newest first: the answers that are replayed. */
import { isoTime } from '../../../machine/values/time.ts';
import type { RecordsAnswer } from '../../api-types.ts';
import { address } from '../browser/address.ts';
import { now } from '../browser/clock.ts';
import { Moment, OutcomeCell } from '../parts/cells.tsx';
import { Panel } from '../parts/panel.tsx';
import { Table } from '../parts/table.tsx';
import { Id } from '../parts/text.tsx';
import { useResource } from '../state/resource.ts';
import { recordLink } from './around-panel.tsx';
import { Older } from './older.tsx';
import { RecordView } from './record-view.tsx';

export function Records() {
  const { path, query } = address.value;
  return path[1] === undefined ? <RecordList /> : <RecordView key={path[1] + query.get('subject')} id={path[1]} />;
}

function RecordList() {
  const cursor = address.value.query.get('cursor');
  const { value, error } = useResource<RecordsAnswer>(['records'], { cursor, limit: 100 }, true);
  const today = isoTime(now());
  return (
    <main class="page" id="main" tabIndex={-1}>
      <div class="title">
        <h1>Records</h1>
      </div>
      {error !== null && <p class="note">{error.message}</p>}
      {value !== null && value.items.length === 0 && (
        <p class="note">No record: an accepted callback makes one, and it is dropped when it expires.</p>
      )}
      {value !== null && value.items.length > 0 && (
        <Panel title="Newest first" note="each is an answer that a repeated key gets again">
          <Table
            caption="Records"
            rows={value.items}
            idOf={({ idempotency_key, subject, issuer }) => `${idempotency_key} ${subject} ${issuer}`}
            columns={[
              { name: 'key', cell: (row) => <Id id={row.idempotency_key} href={recordLink(row)} room={48} /> },
              { name: 'user', cell: ({ subject }) => subject !== null && <Id id={subject} room={31} /> },
              { name: 'outcome', cell: ({ outcome }) => outcome !== null && <OutcomeCell outcome={outcome} /> },
              { name: 'made', cell: ({ created_at }) => <Moment iso={created_at} now={today} /> },
              {
                name: 'ends',
                cell: ({ expires_at, expired }) =>
                  expires_at !== null && (
                    <span class={expired ? 'dim' : ''}>
                      <Moment iso={expires_at} now={today} />
                    </span>
                  ),
              },
            ]}
          />
          <Older cursor={value.page_info.next_cursor} />
        </Panel>
      )}
    </main>
  );
}

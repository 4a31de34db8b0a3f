/** What the next sign-in of the member was answered, beside the bytes of this record. */
import type { CallbackAnswer, CallbackRow, CallbackWithDetail, Json, MemberAnswer } from '../../api-types.ts';
import { link } from '../browser/link.ts';
import { WORDS } from '../parts/outcomes.ts';
import { Panel } from '../parts/panel.tsx';
import { counted } from '../parts/short.ts';
import { Table } from '../parts/table.tsx';
import { Foreign, Id } from '../parts/text.tsx';
import { compared } from '../pictures/compare.ts';
import { shownValue } from '../state/meaning.ts';
import { useResource } from '../state/resource.ts';

interface CompareProps {
  readonly memberId: string;
  /** The callback that was answered first. */
  readonly first: CallbackWithDetail;
}

export function ComparePanel({ memberId, first }: CompareProps) {
  const member = useResource<MemberAnswer>(['members', memberId]).value;
  const next = member?.callbacks.find((row) => isNext(row, first));
  const answer = useResource<CallbackAnswer>(next === undefined ? null : ['callbacks', next.request_id]).value;
  const own = first.detail?.answer?.text;
  const other = answer?.callbacks.at(-1)?.detail?.answer?.text;
  if (next === undefined) return <Other>The member has not signed in again since.</Other>;
  const result = own != null && other != null ? compared(own, other) : undefined;
  if (result === undefined) return answer === null ? null : <Other>The bytes of the next sign-in are not kept.</Other>;
  const { changes, equal, bytes } = result;
  return (
    <Panel
      title="Compared with the next sign-in"
      note={<Id id={next.request_id} href={link(['callbacks', next.request_id])} />}
    >
      <p class="note">
        Another token, so another key: <b class={next.outcome}>{WORDS[next.outcome]}</b>.{' '}
        {`${changes.length} of ${counted(changes.length + equal, 'value')} differ.`}
      </p>
      {bytes !== null && (
        <p class="note">
          The values are equal and the bytes are not: at {bytes.offset}, <bdi class="mono">{bytes.before}</bdi> and{' '}
          <bdi class="mono">{bytes.after}</bdi>.
        </p>
      )}
      {changes.length > 0 && (
        <Table
          caption="Values that differ"
          rows={changes}
          idOf={({ path }) => path}
          columns={[
            { name: 'value', class: 'mono', cell: ({ path }) => <Foreign text={path} /> },
            { name: 'this record', class: 'mono', cell: ({ before }) => <Value value={before} /> },
            { name: 'next sign-in', class: 'mono', cell: ({ after }) => <Value value={after} /> },
          ]}
        />
      )}
    </Panel>
  );
}

function isNext(row: CallbackRow, first: CallbackRow): boolean {
  const isOther = row.idempotency_key !== first.idempotency_key;
  return row.id > first.id && isOther && row.status === 200;
}

function Value({ value }: { readonly value: Json | undefined }) {
  if (value === undefined) return <span class="dim">not there</span>;
  if (value === null) return <span class="refused">null</span>;
  const text = shownValue(value);
  return text.length > 60 ? <Id id={text} room={60} /> : <Foreign text={text} />;
}

function Other({ children }: { readonly children: string }) {
  return (
    <Panel title="Compared with the next sign-in">
      <p class="note">{children}</p>
    </Panel>
  );
}

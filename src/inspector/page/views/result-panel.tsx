/** Sends, and what came back, as it comes. */
import { useState } from 'preact/hooks';
import type { SendLine, SendRequest } from '../../api-types.ts';
import { link } from '../browser/link.ts';
import { OutcomeCell } from '../parts/cells.tsx';
import { Panel } from '../parts/panel.tsx';
import { grouped, milliseconds } from '../parts/short.ts';
import { Table } from '../parts/table.tsx';
import { Foreign, Id } from '../parts/text.tsx';
import { send, switchSending, ticket } from '../state/sending.ts';
import { server } from '../state/server.ts';

interface ResultProps {
  readonly wish: () => SendRequest;
  readonly ready: boolean;
  readonly times: number;
}

type Sent = Extract<SendLine, { readonly type: 'sent' }>;
type Done = Extract<SendLine, { readonly type: 'done' }>;

export function ResultPanel({ wish, ready, times }: ResultProps) {
  const [lines, setLines] = useState<readonly SendLine[]>([]);
  const [running, setRunning] = useState(false);
  const isOn = ticket.value !== null;
  const start = async () => {
    setLines([]);
    setRunning(true);
    const taken: SendLine[] = [];
    try {
      await send(wish(), (line) => {
        taken.push(line);
        setLines([...taken]);
      });
    } catch (error) {
      setLines([...taken, { type: 'failed', n: 0, message: error instanceof Error ? error.message : String(error) }]);
    }
    setRunning(false);
  };
  const sent = lines.filter((line): line is Sent => line.type === 'sent');
  const done = lines.find((line): line is Done => line.type === 'done');
  return (
    <Panel title="Send" note={<span class="mono">{server.value?.callback_url ?? ''}</span>}>
      <p class="filter-line">
        {/* One button, so that the focus stays when it changes. */}
        <button
          type="button"
          class={isOn ? 'button main' : 'button first'}
          disabled={isOn && (!ready || running)}
          onClick={() => void (isOn ? start() : switchSending(true))}
        >
          {isOn ? `Send ${grouped(times)}` : 'Switch sending on'}
        </button>
        {!isOn && <span class="note">for this tab, until it is closed or switched off</span>}
      </p>
      {done !== undefined && <Verdict done={done} />}
      {lines.map((line) =>
        line.type === 'failed' ? (
          <p key={line.n} class="unavailable">
            <Foreign text={line.message} />
          </p>
        ) : null,
      )}
      {sent.length > 0 && (
        <Table
          caption="Answers to the sends"
          rows={sent}
          idOf={({ n }) => n}
          columns={[
            { name: '#', class: 'mono', cell: ({ n }) => n },
            { name: 'outcome', cell: ({ outcome, reason }) => <OutcomeCell outcome={outcome} reason={reason} /> },
            { name: 'status', class: 'mono', cell: ({ status }) => status },
            { name: 'bytes', class: 'mono', cell: ({ bytes }) => bytes },
            { name: 'sha256', cell: ({ sha256 }) => <Id id={sha256} room={12} /> },
            {
              name: 'request',
              cell: ({ request_id }) => <Id id={request_id} href={link(['callbacks', request_id])} />,
            },
            { name: 'ms', class: 'mono number', cell: (line) => milliseconds(line.milliseconds) },
          ]}
        />
      )}
    </Panel>
  );
}

function Verdict({ done: { sentence, predicted, prediction_held, changed } }: { readonly done: Done }) {
  return (
    <div class={`verdict-line ${prediction_held ? 'kept' : 'broken'}`} role="status">
      <p>
        <b class="strong">{prediction_held ? 'As expected: ' : 'Not as expected: '}</b>
        <Foreign text={sentence} />
        {!prediction_held && (
          <>
            {' instead of '}
            <Foreign text={predicted} />
          </>
        )}
        . <Foreign text={changed} />.
      </p>
    </div>
  );
}

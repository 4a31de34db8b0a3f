/** The bytes that came back. */
import type { CallbackAnswer, CallbackDetail, CallbackWithDetail, Json } from '../../api-types.ts';
import { JsonView } from '../parts/json.tsx';
import { Panel } from '../parts/panel.tsx';
import { grouped } from '../parts/short.ts';
import { Foreign, Id } from '../parts/text.tsx';
import { callbackLink } from '../state/callback-link.ts';

interface AnswerPanelProps {
  readonly answer: CallbackAnswer;
  readonly callback: CallbackWithDetail;
}

type Answer = NonNullable<CallbackDetail['answer']>;

export function AnswerPanel({ answer, callback }: AnswerPanelProps) {
  const sent = callback.detail?.answer ?? null;
  const bytes = sent === null ? '' : ` · ${grouped(sent.bytes)} bytes`;
  return (
    <Panel title="Answer" end={<span class="mono">{`${callback.status}${bytes}`}</span>}>
      {sent === null ? (
        <p class="note">What was sent is not kept for this callback.</p>
      ) : (
        <>
          <Same answer={answer} callback={callback} sent={sent} />
          <Body sent={sent} />
          <Headers sent={sent} />
        </>
      )}
    </Panel>
  );
}

/** Byte identity, as far as it is known: the record has the hash of the bytes that are promised. */
function Same({ answer: { record, neighbours }, callback, sent }: AnswerPanelProps & { readonly sent: Answer }) {
  if (record?.body_sha256 == null || callback.status !== 200) return null;
  const first = neighbours.of_key.find(({ status }) => status === 200);
  const isSame = record.body_sha256 === sent.sha256;
  if (isSame && (first === undefined || first.request_id === callback.request_id))
    return <p class="note">These are the bytes of the record: each repetition of the key gets them.</p>;
  if (isSame && first !== undefined)
    return (
      <p class="provisioned">
        = the bytes of <Id id={first.request_id} href={callbackLink(first.request_id)} />
      </p>
    );
  return <p class="unavailable">≠ the bytes of the record. A repeated key must get the same bytes.</p>;
}

function Body({ sent: { text } }: { readonly sent: Answer }) {
  if (text === null) return <p class="note">The text is longer than what is kept.</p>;
  const value = parsed(text);
  return value === undefined ? (
    <pre>
      <Foreign text={text} />
    </pre>
  ) : (
    <JsonView value={value} />
  );
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function Headers({ sent: { headers, sha256 } }: { readonly sent: Answer }) {
  return (
    <table class="claims headers">
      <tbody>
        <tr>
          <th scope="row">sha256</th>
          <td class="mono">
            <Id id={sha256} room={24} />
          </td>
        </tr>
        {Object.entries(headers).map(([name, value]) => (
          <tr key={name}>
            <th scope="row">
              <Foreign text={name} />
            </th>
            <td class="mono">
              <Foreign text={value} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

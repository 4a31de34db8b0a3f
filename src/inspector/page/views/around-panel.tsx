/** What belongs to the callback: others of its key, the record, the member. */

import { relative } from '../../../machine/values/time.ts';
import type { CallbackAnswer, CallbackRow, CallbackWithDetail } from '../../api-types.ts';
import { now, tick } from '../browser/clock.ts';
import { link } from '../browser/link.ts';
import { Mark } from '../parts/mark.tsx';
import { WORDS } from '../parts/outcomes.ts';
import { Panel } from '../parts/panel.tsx';
import { counted, milliseconds } from '../parts/short.ts';
import { Foreign, Id, Time } from '../parts/text.tsx';
import { callbackLink } from '../state/callback-link.ts';

interface AroundProps {
  readonly answer: CallbackAnswer;
  readonly callback: CallbackWithDetail;
}

/** More than these are seen on the page of the record. */
const MOST_ROWS = 8;

export function recordLink(row: Pick<CallbackRow, 'idempotency_key' | 'subject' | 'issuer'>): string {
  return link(['records', row.idempotency_key ?? ''], { subject: row.subject, issuer: row.issuer });
}

export function AroundPanel({ answer, callback }: AroundProps) {
  const { of_key, previous, next } = answer.neighbours;
  const { record, workspace_member: member } = answer;
  if (of_key.length === 0 && record === null && member === null) return null;
  return (
    <Panel title="Around it" end={<Steps previous={previous} next={next} />}>
      <dl class="around">
        {callback.idempotency_key !== null && (
          <>
            <dt>key</dt>
            <dd>
              <Id id={callback.idempotency_key} href={recordLink(callback)} room={44} />
            </dd>
          </>
        )}
        {record?.expires_at != null && (
          <>
            <dt>record</dt>
            <dd>
              {record.outcome}, {record.expired ? 'ended' : 'ends'}{' '}
              <time dateTime={record.expires_at} title={record.expires_at}>
                {relative(record.expires_at, Math.max(now(), tick.value))}
              </time>
            </dd>
          </>
        )}
        {member !== null && (
          <>
            <dt>member</dt>
            <dd>
              <a href={link(['members', member.id])}>
                <Foreign text={member.email} />
              </a>{' '}
              <Id id={member.id} />
            </dd>
          </>
        )}
      </dl>
      {answer.verdict !== null && of_key.length > 1 && (
        <p class="note">
          <Foreign text={answer.verdict.sentence} />
        </p>
      )}
      {of_key.length > 1 && <SameKey rows={of_key} callback={callback} />}
    </Panel>
  );
}

function Steps({ previous, next }: { readonly previous: string | null; readonly next: string | null }) {
  return (
    <span class="filter-line">
      {previous !== null && <a href={callbackLink(previous)}>previous of the key</a>}
      {next !== null && <a href={callbackLink(next)}>next of the key</a>}
    </span>
  );
}

function SameKey({ rows, callback }: { readonly rows: readonly CallbackRow[]; readonly callback: CallbackRow }) {
  const at = rows.findIndex(({ id }) => id === callback.id);
  const start = Math.max(0, Math.min(at - 3, rows.length - MOST_ROWS));
  const shown = rows.slice(start, start + MOST_ROWS);
  return (
    <table class="rows same-key">
      <caption class="hidden">Callbacks of the same key, oldest first</caption>
      <tbody>
        {shown.map((row) => (
          <tr key={row.id} aria-current={row.id === callback.id}>
            <td>
              <Time iso={row.at} />
            </td>
            <td>
              <span class="what">
                <Mark outcome={row.outcome} />
                <span class={row.outcome}>{WORDS[row.outcome]}</span>
              </span>
            </td>
            <td>
              <Id id={row.request_id} href={callbackLink(row.request_id)} />
            </td>
            <td class="mono number">{milliseconds(row.milliseconds)}</td>
          </tr>
        ))}
      </tbody>
      {shown.length < rows.length && (
        <tfoot>
          <tr>
            <td colSpan={4}>
              <a href={recordLink(callback)}>{`all ${counted(rows.length, 'callback')} of the key`}</a>
            </td>
          </tr>
        </tfoot>
      )}
    </table>
  );
}

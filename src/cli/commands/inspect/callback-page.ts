/** `agent-paste inspect callback <request id>` */
import { REASONS } from '../../../errors/reasons.ts';
import { type CallbackView, callbackView, knownReason, lastOf } from '../../../store/view/callback.ts';
import { sayInspectorLink } from '../../inspector-link.ts';
import { onceWritten } from '../../recent-callback.ts';
import { describeOutcome } from './columns.ts';
import { type PageText, pageOf, type ShowPage } from './page.ts';
import { timelineColumns } from './page-columns.ts';

const show = pageOf(callbackView, printCallback);

export const showCallback: ShowPage = async (context, state, request) => {
  await onceWritten(state, () => show(context, state, request));
  sayInspectorLink(context, state, request.text);
};

function printCallback(page: PageText, { callbacks, workspace_member: member, record, advice }: CallbackView): void {
  const last = lastOf(callbacks);
  const reason = knownReason(last);
  page.title(describeOutcome(last), `${last.status}, ${page.paint.cyan(last.request_id)}`);
  page.facts([
    ['time', page.when(last.at)],
    ['took', `${last.milliseconds} ms`],
    ['because', reason === null ? null : REASONS[reason].message],
    ['expected', last.expected],
    ['received', last.received],
    ['user', last.subject ?? claimed(last.claimed_subject) ?? 'unknown: the token was not verified'],
    ['member', member === null ? null : `${member.id}  ${member.email}`],
    ['session', last.session_id ?? claimed(last.claimed_session_id)],
    ['token id', last.token_id ?? claimed(last.claimed_token_id)],
    ['issuer', last.issuer ?? claimed(last.claimed_issuer)],
    ['key', last.idempotency_key],
    [
      'record',
      record === null
        ? null
        : `${record.outcome}, replayed until ${record.expires_at === null ? 'unknown' : page.when(record.expires_at)}`,
    ],
    ['what to do', advice],
  ]);
  if (callbacks.length > 1) page.section('All with this request id', timelineColumns(page), callbacks, '');
}

/** Anyone can write what an unverified token says. */
function claimed(value: string | null): string | null {
  return value === null ? null : `${value} (claimed; the token was not verified)`;
}

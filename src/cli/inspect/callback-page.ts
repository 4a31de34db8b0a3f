/** `agent-paste inspect callback <request id>`, and the timeline of which a callback is a line. */
import { REASONS, type Reason } from '../../errors.ts';
import type { CallbackItem, Inspection } from '../../store/inspection.ts';
import type { Column } from '../columns.ts';
import type { CommandContext } from '../command.ts';
import type { Painter } from '../output.ts';
import { asObject } from './formats.ts';
import { ambiguous, matchesOf, notFound, type Way } from './names.ts';
import { pageText } from './page-text.ts';
import type { PageRequest } from './pages.ts';
import type { InspectedState } from './state.ts';
import { moment, relative } from './time.ts';
import { describeOutcome, outcomePaint, viewsOf } from './views.ts';

const WAYS: readonly Way[] = [{ kind: 'request_id' }];

export function showCallback(
  context: CommandContext,
  { inspection, settings }: InspectedState,
  { text, format, limit }: PageRequest,
): void {
  const { output, runtime } = context;
  const now = runtime.now();
  const requestId = findRequest(inspection, text);
  const attempts = inspection.list('callbacks', { limit, where: { request_id: [requestId] } }).items.toReversed();
  const last = attempts.at(-1) as CallbackItem; // `findRequest` has seen it
  const member = memberOf(inspection, last);
  const record = recordOf(inspection, last);
  const remedy = isReason(last.reason) ? REASONS[last.reason].remedy : null;
  if (format === 'json') {
    const { callbacks, members, records } = viewsOf({ paint: output.paint, now, keyEnvironment: settings['key-env'] });
    output.document({
      callbacks: attempts.map((item) => asObject(callbacks, item)),
      workspace_member: member === undefined ? null : asObject(members, member),
      record: record === undefined ? null : asObject(records, record),
      advice: remedy,
    });
    return;
  }
  const page = pageText(context);
  page.title(describeOutcome(last), `${last.status}, ${output.paint.cyan(requestId)}`);
  page.facts([
    ['time', page.when(last.at)],
    ['took', `${last.milliseconds} ms`],
    ['because', isReason(last.reason) ? REASONS[last.reason].message : null],
    ['expected', last.expected],
    ['received', last.received],
    ['user', last.subject ?? 'unknown: the token was not verified'],
    ['member', member === undefined ? null : `${member.id}  ${member.email}`],
    ['session', last.session_id],
    ['issuer', last.issuer],
    ['key', last.idempotency_key],
    ['record', record === undefined ? null : `${record.outcome}, replayed until ${page.when(record.expires_at)}`],
    ['what to do', remedy],
  ]);
  if (attempts.length > 1) page.section('All with this request id', timelineColumns(output.paint, now), attempts, '');
}

/** A line of a story: when, what came of it, and by which names to go on asking. */
export function timelineColumns(paint: Painter, now: number): readonly Column<CallbackItem>[] {
  return [
    { name: 'time', cell: ({ at }) => moment(at) },
    { name: 'ago', cell: ({ at }) => relative(at, now), drop: 1, align: 'right', paint: paint.dim },
    { name: 'outcome', cell: describeOutcome, cut: ['end', 25], paint: outcomePaint(paint) },
    { name: 'key', cell: ({ idempotency_key }) => idempotency_key ?? '-', cut: ['middle', 18] },
    { name: 'request', cell: ({ request_id }) => request_id, cut: ['middle', 13], paint: paint.dim },
  ];
}

/** The one request id that the text means. @throws Failure not_found, invalid_argument when it may be several */
export function findRequest(inspection: Inspection, text: string): string {
  const names = [...new Set(matchesOf(inspection, WAYS, text).map(({ name }) => name))];
  const [name] = names;
  if (name === undefined)
    throw notFound(inspection, WAYS, {
      what: 'callback with the request id',
      text,
      hint: 'Request ids stand in X-Request-Id and in the log of the server.',
    });
  if (names.length > 1) throw ambiguous('callback', text, names);
  return name;
}

function memberOf(inspection: Inspection, { subject }: CallbackItem) {
  if (subject === null || !inspection.has('database')) return undefined;
  return inspection.list('members', { limit: 1, where: { workos_user_id: [subject] } }).items[0];
}

function recordOf(inspection: Inspection, { idempotency_key, subject, issuer }: CallbackItem) {
  if (idempotency_key === null || !inspection.has('database')) return undefined;
  return inspection
    .list('records', { limit: 20, where: { idempotency_key: [idempotency_key] } })
    .items.find((record) => record.subject === subject && record.issuer === issuer);
}

function isReason(reason: string | null): reason is Reason {
  return reason !== null && reason in REASONS;
}

/** `agent-paste inspect record <key>` */
import type { Inspection, RecordItem } from '../../store/inspection.ts';
import type { CommandContext } from '../command.ts';
import { asObject } from './formats.ts';
import { ambiguous, matchesOf, notFound, type Way } from './names.ts';
import { pageText } from './page-text.ts';
import type { PageRequest } from './pages.ts';
import type { InspectedState } from './state.ts';
import { shownKey, viewsOf } from './views.ts';

/** A `jti` or `sid` as it stands in the token is as good as the key. */
const WAYS: readonly Way[] = [
  { kind: 'idempotency_key' },
  { kind: 'idempotency_key', prefix: 'workos-jti:' },
  { kind: 'idempotency_key', prefix: 'workos-session:' },
];

/** Records of one key that are looked at: one of each user and issuer who used it. */
const MOST_OF_ONE_KEY = 20;

export function showRecord(
  context: CommandContext,
  { inspection, settings }: InspectedState,
  { text, format }: PageRequest,
): void {
  const { output, runtime } = context;
  const now = runtime.now();
  const keyEnvironment = settings['key-env'];
  const record = findRecord(inspection, text);
  const member = inspection.list('members', { limit: 1, where: { id: [record.member_id] } }).items[0];
  if (format === 'json') {
    const { records, members } = viewsOf({ paint: output.paint, now, keyEnvironment });
    output.document({
      record: asObject(records, record),
      workspace_member: member === undefined ? null : asObject(members, member),
    });
    return;
  }
  const page = pageText(context);
  page.title(record.idempotency_key);
  page.facts([
    ['user', record.subject],
    ['issuer', record.issuer],
    ['member', `${record.member_id}${member === undefined ? '' : `  ${member.email}`}`],
    ['answer', `${record.status} ${record.outcome}, sha256 ${record.body_sha256}`],
    ['with the key', record.key_public_id === null ? null : shownKey(keyEnvironment, record.key_public_id)],
    ['created', page.when(record.created_at)],
    [
      'replayed until',
      `${page.when(record.expires_at)}${Date.parse(record.expires_at) <= now ? ', so no longer; `agent-paste sweep` drops it' : ''}`,
    ],
  ]);
}

/** @throws Failure not_found, invalid_argument when it may be several */
function findRecord(inspection: Inspection, text: string): RecordItem {
  const names = [...new Set(matchesOf(inspection, WAYS, text).map(({ name }) => name))];
  const found = names.flatMap(
    (name) => inspection.list('records', { limit: MOST_OF_ONE_KEY, where: { idempotency_key: [name] } }).items,
  );
  const [record] = found;
  if (record === undefined)
    throw notFound(inspection, WAYS, { what: 'callback record', text, hint: 'Records are dropped when they expire.' });
  if (found.length > 1)
    throw ambiguous(
      'callback record',
      text,
      found.map(({ idempotency_key, subject, issuer }) => `${idempotency_key}  ${subject}  ${issuer}`),
    );
  return record;
}

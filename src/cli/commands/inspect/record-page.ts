/** `agent-paste inspect record <key>` */
import { type RecordView, recordView } from '../../../store/view/record.ts';
import type { ShownRecord } from '../../../store/view/shown.ts';
import { type PageText, pageOf } from './page.ts';

export const showRecord = pageOf(recordView, printRecord);

function printRecord(page: PageText, { record, workspace_member: member, shared_with: others }: RecordView): void {
  page.title(record.idempotency_key);
  page.facts([
    ['user', record.subject],
    ['issuer', record.issuer],
    ['member', record.member_id === null ? null : `${record.member_id}${member === null ? '' : `  ${member.email}`}`],
    ['answer', answer(record)],
    ['with the key', record.key_public_id === null ? null : page.shownKey(record.key_public_id)],
    ['created', page.when(record.created_at)],
    [
      'replayed until',
      record.expires_at === null
        ? null
        : `${page.when(record.expires_at)}${record.expired ? ', so no longer; `agent-paste sweep` drops it' : ''}`,
    ],
    ...others.map((other): [string, string] => [
      'also used by',
      [
        `${other.subject ?? 'an unknown user'} of ${other.issuer ?? 'an unknown issuer'}`,
        answer(other),
        page.when(other.created_at),
      ]
        .filter(Boolean)
        .join(', '),
    ]),
  ]);
}

/** As far as the database has it. */
function answer({ status, outcome, body_sha256: sha256 }: ShownRecord): string | null {
  const head = [status, outcome].filter((part) => part !== null).join(' ');
  return [head, ...(sha256 === null ? [] : [`sha256 ${sha256}`])].filter((part) => part !== '').join(', ') || null;
}

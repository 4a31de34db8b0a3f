/** `agent-paste inspect member <who>` */
import { moment, relative } from '../../../machine/values/time.ts';
import type { AddressSeen } from '../../../store/view/addresses.ts';
import { type MemberView, memberView, type SessionSeen } from '../../../store/view/member.ts';
import type { Column } from '../../terminal/fitted-table.ts';
import { type PageText, pageOf } from './page.ts';
import { answerColumns, keyColumns, timelineColumns } from './page-columns.ts';

export const showMember = pageOf(memberView, printMember);

function printMember(page: PageText, view: MemberView): void {
  const { workspace, workspace_member: member, scopes, api_keys, provisioned } = view;
  page.title(member.email, page.paint.cyan(member.id));
  page.facts([
    ['user', `${member.workos_user_id}${goneNote(page, view)}`],
    ['workspace', `${workspace.id}  ${workspace.name}`],
    ['scopes', scopes.join(' ')],
    ['since', page.when(member.created_at)],
    ['last seen', page.when(member.last_seen_at)],
    ['provisioned by', provisioned?.request_id ?? null],
  ]);
  if (view.addresses.length > 1) page.section('Addresses, oldest first', addressColumns(page), view.addresses, '');
  page.section('API keys', keyColumns(page), api_keys, 'none');
  if (page.tables === 'reference')
    page.section(
      'Stored answers, newest first',
      answerColumns(page),
      view.records,
      'none: they are swept after 30 days',
    );
  else printCallbacks(page, view);
}

function printCallbacks(page: PageText, view: MemberView): void {
  const { workspace_member: member, sessions, page_info } = view;
  page.section('Sessions seen', sessionColumns(page.now), sessions, 'none in the log of callbacks');
  page.section('Callbacks, oldest first', timelineColumns(page), view.callbacks, 'none in the log of callbacks');
  if (page_info.has_more)
    page.note(`earlier ones: --limit, or \`agent-paste inspect callbacks --member ${member.id}\``);
  if (view.claimed_callbacks.length === 0) return;
  page.section('Claimed, not verified', timelineColumns(page), view.claimed_callbacks, '');
  page.note(
    'these tokens say that they are of this user; the signature was not verified, so anyone may have sent them',
  );
}

/** Only the last callback tells whether WorkOS still knows the user: it need not be the local one. */
function goneNote({ tables }: PageText, { callbacks, workos_user }: MemberView): string {
  if (workos_user !== null || tables === 'reference') return '';
  const isGone = callbacks.at(-1)?.reason === 'user_fetch_failed';
  return isGone
    ? ': WorkOS no longer has this user, see the last callback'
    : ', not in the directory of the local WorkOS';
}

function addressColumns({ paint }: PageText): readonly Column<AddressSeen>[] {
  return [
    { name: 'address', cell: ({ email }) => email, cut: ['end', 24] },
    { name: 'since', cell: ({ since, exact }) => `${exact ? 'since' : 'by'} ${moment(since)}` },
    { name: 'request', cell: ({ request_id }) => request_id ?? '-', cut: ['middle', 13], paint: paint.dim },
  ];
}

function sessionColumns(now: number): readonly Column<SessionSeen>[] {
  return [
    { name: 'session', cell: ({ session_id }) => session_id, cut: ['middle', 16] },
    { name: 'callbacks', cell: ({ callbacks }) => (callbacks === 1 ? '1 callback' : `${callbacks} callbacks`) },
    { name: 'first', cell: ({ first_seen_at }) => `first ${relative(first_seen_at, now)}` },
    { name: 'last', cell: ({ last_seen_at }) => `last ${relative(last_seen_at, now)}` },
  ];
}

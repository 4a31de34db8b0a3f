/** `agent-paste inspect user <who>` */
import { relative } from '../../../machine/values/time.ts';
import type { ShownSession } from '../../../store/view/shown.ts';
import { type UserView, userView } from '../../../store/view/user.ts';
import type { Column } from '../../terminal/fitted-table.ts';
import { type PageText, pageOf } from './page.ts';
import { timelineColumns } from './page-columns.ts';

export const showUser = pageOf(userView, printUser);

function printUser(page: PageText, view: UserView): void {
  const { workos_user_id: id, user, workspace_member: member, sessions, callbacks, page_info } = view;
  page.title(user?.email ?? id, page.paint.cyan(user === null ? 'not in the local directory' : id));
  const name = [user?.first_name, user?.last_name].filter(Boolean).join(' ');
  page.facts([
    ['user', id],
    ['name', name || null],
    ['created', user === null ? null : page.when(user.created_at)],
    ['changed', user === null || user.updated_at === user.created_at ? null : page.when(user.updated_at)],
    ['member', member === null ? 'none: no callback of this user was accepted' : `${member.id}  ${member.email}`],
  ]);
  page.section('Sign-ins through the local WorkOS, newest first', sessionColumns(page), sessions, 'none');
  page.section('Callbacks, oldest first', timelineColumns(page), callbacks, 'none in the log of callbacks');
  if (page_info.has_more) page.note(`earlier ones: --limit, or \`agent-paste inspect callbacks --user ${id}\``);
}

function sessionColumns({ now, paint }: PageText): readonly Column<ShownSession>[] {
  return [
    { name: 'session', cell: ({ id }) => id, cut: ['middle', 16] },
    {
      name: 'status',
      cell: ({ status }) => status,
      paint: (text, { status }) => (status === 'active' ? paint.green(text) : paint.yellow(text)),
    },
    { name: 'method', cell: ({ method }) => method, drop: 1 },
    { name: 'signed in', cell: ({ signed_in_at }) => relative(signed_in_at, now) },
  ];
}

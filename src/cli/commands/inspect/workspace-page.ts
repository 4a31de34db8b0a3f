/** `agent-paste inspect workspace <id>` */
import { type WorkspaceView, workspaceView } from '../../../store/view/workspace.ts';
import { eventColumns } from './columns.ts';
import { type PageText, pageOf } from './page.ts';
import { keyColumns } from './page-columns.ts';

export const showWorkspace = pageOf(workspaceView, printWorkspace);

function printWorkspace(page: PageText, view: WorkspaceView): void {
  const { workspace, workspace_member: member, api_keys, events, page_info } = view;
  page.title(workspace.name, page.paint.cyan(workspace.id));
  page.facts([
    ['member', `${member.id}  ${member.email}`],
    ['contact', workspace.contact_email],
    ['created', page.when(workspace.created_at)],
  ]);
  page.section('API keys', keyColumns(page), api_keys, 'none');
  page.section('Events, oldest first', eventColumns(page.paint), events, 'none');
  if (page_info.has_more)
    page.note(`earlier ones: --limit, or \`agent-paste inspect events --workspace ${workspace.id}\``);
}

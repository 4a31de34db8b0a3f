/** `agent-paste inspect event <id>` */
import { type EventView, eventView } from '../../../store/view/event.ts';
import { type PageText, pageOf } from './page.ts';
import { timelineColumns } from './page-columns.ts';

export const showEvent = pageOf(eventView, printEvent);

function printEvent(page: PageText, { event, workspace, workspace_member: member, callbacks }: EventView): void {
  page.title(event.action, page.paint.cyan(event.id));
  page.facts([
    ['time', page.when(event.time)],
    ['target', event.target],
    ['changes', event.change_summary || null],
    ['actor', event.actor],
    ['request', event.request_id],
    ['workspace', workspace === null ? null : `${workspace.id}  ${workspace.name}`],
    ['member', member === null ? null : `${member.id}  ${member.email}`],
  ]);
  if (page.tables === 'agent-paste')
    page.section('Made by the callback', timelineColumns(page), callbacks, 'no longer in the log of callbacks');
}

/** `agent-paste inspect workspace <id>` */
import { Failure } from '../../errors.ts';
import type { Inspection, KeyItem, WorkspaceItem } from '../../store/inspection.ts';
import { memberSummary, workspaceSummary } from '../../workspace/provision.ts';
import type { Column } from '../columns.ts';
import type { CommandContext } from '../command.ts';
import type { Painter } from '../output.ts';
import { asObject } from './formats.ts';
import { findMember } from './members.ts';
import { pageText } from './page-text.ts';
import type { PageRequest } from './pages.ts';
import type { InspectedState } from './state.ts';
import { moment, relative } from './time.ts';
import { shownKey, viewsOf } from './views.ts';

/** Keys that a page shows; a workspace has one until somebody makes more. */
const MOST_KEYS = 100;

export function showWorkspace(
  context: CommandContext,
  { inspection, settings }: InspectedState,
  { text, format, limit }: PageRequest,
): void {
  const { output, runtime } = context;
  const now = runtime.now();
  const keyEnvironment = settings['key-env'];
  const views = viewsOf({ paint: output.paint, now, keyEnvironment });
  const member = findMember(inspection, text);
  const workspace = workspaceOf(inspection, member.workspace_id);
  const keys = keysOf(inspection, workspace.id);
  const { items, nextCursor } = inspection.list('events', { limit, where: { workspace_id: [workspace.id] } });
  const events = items.toReversed();
  if (format === 'json') {
    output.document({
      workspace: { ...workspaceSummary(workspace), contact_email: workspace.contact_email },
      workspace_member: { ...memberSummary(member), workos_user_id: member.workos_user_id },
      api_keys: keys.map((key) => asObject(views.keys, key)),
      events: events.map((event) => asObject(views.events, event)),
      page_info: { has_more: nextCursor !== null },
    });
    return;
  }
  const page = pageText(context);
  page.title(workspace.name, output.paint.cyan(workspace.id));
  page.facts([
    ['member', `${member.id}  ${member.email}`],
    ['contact', workspace.contact_email],
    ['created', page.when(workspace.created_at)],
  ]);
  page.section(
    'API keys',
    keyColumns(output.paint, now, (id) => shownKey(keyEnvironment, id)),
    keys,
    'none',
  );
  page.section('Events, oldest first', views.events.columns, events, 'none');
  if (nextCursor !== null)
    page.note(`earlier ones: --limit, or \`agent-paste inspect events --workspace ${workspace.id}\``);
}

/** @throws Failure state_corrupt when the row is gone, which a foreign key forbids */
export function workspaceOf(inspection: Inspection, id: string): WorkspaceItem {
  const workspace = inspection.list('workspaces', { limit: 1, where: { id: [id] } }).items[0];
  if (workspace === undefined)
    throw new Failure('state_corrupt', `the workspace ${id} is missing`, 'See `agent-paste inspect --audit`.');
  return workspace;
}

export function keysOf(inspection: Inspection, workspaceId: string): readonly KeyItem[] {
  return inspection.list('keys', { limit: MOST_KEYS, where: { workspace_id: [workspaceId] } }).items;
}

export function keyColumns(
  paint: Painter,
  now: number,
  shown: (publicId: string) => string,
): readonly Column<KeyItem>[] {
  return [
    { name: 'key', cell: ({ public_id }) => shown(public_id), paint: paint.cyan },
    { name: 'name', cell: ({ name }) => name, cut: ['end', 7] },
    { name: 'scopes', cell: ({ scopes }) => scopes.join(' '), drop: 1 },
    {
      name: 'use',
      cell: ({ last_used_at }) => (last_used_at === null ? 'never used' : `used ${relative(last_used_at, now)}`),
    },
    {
      name: 'state',
      cell: ({ revoked_at }) => (revoked_at === null ? '' : `revoked ${moment(revoked_at)}`),
      paint: paint.red,
    },
  ];
}

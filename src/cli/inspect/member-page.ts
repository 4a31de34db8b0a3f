/** `agent-paste inspect member <who>`: who it is, what they have, and what happened to them. */
import type { CallbackItem, Inspection } from '../../store/inspection.ts';
import { memberSummary, workspaceSummary } from '../../workspace/provision.ts';
import type { EventRow, MemberRow } from '../../workspace/records.ts';
import type { Column } from '../columns.ts';
import type { CommandContext } from '../command.ts';
import { timelineColumns } from './callback-page.ts';
import { asObject } from './formats.ts';
import { findMember } from './members.ts';
import { pageText } from './page-text.ts';
import type { PageRequest } from './pages.ts';
import type { InspectedState } from './state.ts';
import { relative } from './time.ts';
import { shownKey, viewsOf } from './views.ts';
import { keyColumns, keysOf, workspaceOf } from './workspace-page.ts';

/** Callbacks that are looked through for sessions; the timeline shows fewer. */
const LOOKED_THROUGH = 1000;

export function showMember(
  context: CommandContext,
  { inspection, settings }: InspectedState,
  { text, format, limit }: PageRequest,
): void {
  const { output, runtime } = context;
  const now = runtime.now();
  const keyEnvironment = settings['key-env'];
  const member = findMember(inspection, text);
  const workspace = workspaceOf(inspection, member.workspace_id);
  const keys = keysOf(inspection, member.workspace_id);
  const attempts = attemptsOf(inspection, member);
  const timeline = attempts.slice(-limit);
  const sessions = sessionsIn(attempts);
  const created = firstEvent(inspection, member);

  if (format === 'json') {
    const views = viewsOf({ paint: output.paint, now, keyEnvironment });
    output.document({
      workspace: { ...workspaceSummary(workspace), contact_email: workspace.contact_email },
      workspace_member: { ...memberSummary(member), workos_user_id: member.workos_user_id },
      scopes: member.scopes,
      api_keys: keys.map((key) => asObject(views.keys, key)),
      provisioned: created === undefined ? null : { at: created.created_at, request_id: created.request_id },
      sessions,
      callbacks: timeline.map((item) => asObject(views.callbacks, item)),
      page_info: { has_more: attempts.length > timeline.length },
    });
    return;
  }
  const page = pageText(context);
  page.title(member.email, output.paint.cyan(member.id));
  page.facts([
    ['user', member.workos_user_id],
    ['workspace', `${member.workspace_id}  ${workspace.name}`],
    ['scopes', member.scopes.join(' ')],
    ['since', page.when(member.created_at)],
    ['last seen', page.when(member.last_seen_at)],
    ['provisioned by', created?.request_id ?? null],
  ]);
  page.section(
    'API keys',
    keyColumns(output.paint, now, (id) => shownKey(keyEnvironment, id)),
    keys,
    'none',
  );
  page.section('Sessions seen', sessionColumns(now), sessions, 'none in the log of callbacks');
  page.section('Callbacks, oldest first', timelineColumns(output.paint, now), timeline, 'none in the log of callbacks');
  if (attempts.length > timeline.length)
    page.note(`earlier ones: --limit, or \`agent-paste inspect callbacks --member ${member.id}\``);
  page.note('bad tokens name nobody: `agent-paste inspect callbacks --outcome refused`');
}

/** Oldest first; the newest so many. A refused token says nothing about whose it was, so it is not among them. */
function attemptsOf(inspection: Inspection, { workos_user_id }: MemberRow): readonly CallbackItem[] {
  if (!inspection.has('attempts')) return [];
  return inspection
    .list('callbacks', { limit: LOOKED_THROUGH, where: { subject: [workos_user_id] } })
    .items.toReversed();
}

interface SessionSeen {
  readonly session_id: string;
  readonly first_seen_at: string;
  readonly last_seen_at: string;
  readonly callbacks: number;
}

function sessionsIn(attempts: readonly CallbackItem[]): readonly SessionSeen[] {
  const sessions = new Map<string, SessionSeen>();
  for (const { session_id, at } of attempts) {
    if (session_id === null) continue;
    const known = sessions.get(session_id);
    sessions.set(session_id, {
      session_id,
      first_seen_at: known?.first_seen_at ?? at,
      last_seen_at: at,
      callbacks: (known?.callbacks ?? 0) + 1,
    });
  }
  return [...sessions.values()];
}

function sessionColumns(now: number): readonly Column<SessionSeen>[] {
  return [
    { name: 'session', cell: ({ session_id }) => session_id, cut: ['middle', 16] },
    { name: 'callbacks', cell: ({ callbacks }) => (callbacks === 1 ? '1 callback' : `${callbacks} callbacks`) },
    { name: 'first', cell: ({ first_seen_at }) => `first ${relative(first_seen_at, now)}` },
    { name: 'last', cell: ({ last_seen_at }) => `last ${relative(last_seen_at, now)}` },
  ];
}

/** The event that made the workspace names the request. */
function firstEvent(inspection: Inspection, { workspace_id }: MemberRow): EventRow | undefined {
  return inspection
    .list('events', { limit: LOOKED_THROUGH, where: { workspace_id: [workspace_id] } })
    .items.findLast(({ action }) => action === 'workspace.created');
}

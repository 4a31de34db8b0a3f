/** `agent-paste inspect key <id>` */
import type { Inspection, KeyItem, Where } from '../../store/inspection.ts';
import type { CommandContext } from '../command.ts';
import { asObject } from './formats.ts';
import { membersNamed } from './members.ts';
import { ambiguous, matchesOf, notFound, type Way } from './names.ts';
import { pageText } from './page-text.ts';
import type { PageRequest } from './pages.ts';
import type { InspectedState } from './state.ts';
import { shownKey, viewsOf } from './views.ts';
import { keysOf, workspaceOf } from './workspace-page.ts';

const WAYS: readonly Way[] = [{ kind: 'key_id' }, { kind: 'public_id' }];

export function showKey(
  context: CommandContext,
  { inspection, settings }: InspectedState,
  { text, format }: PageRequest,
): void {
  const { output, runtime } = context;
  const keyEnvironment = settings['key-env'];
  const key = findKey(inspection, text);
  const workspace = workspaceOf(inspection, key.workspace_id);
  const member = inspection.list('members', { limit: 1, where: { id: [workspace.member_id] } }).items[0];
  if (format === 'json') {
    const { keys, workspaces, members } = viewsOf({ paint: output.paint, now: runtime.now(), keyEnvironment });
    output.document({
      api_key: asObject(keys, key),
      workspace: asObject(workspaces, workspace),
      workspace_member: member === undefined ? null : asObject(members, member),
    });
    return;
  }
  const page = pageText(context);
  page.title(shownKey(keyEnvironment, key.public_id), output.paint.cyan(key.id));
  page.facts([
    ['name', key.name],
    ['scopes', key.scopes.join(' ')],
    ['state', key.revoked_at === null ? 'active' : `revoked ${page.when(key.revoked_at)}`],
    ['created', page.when(key.created_at)],
    ['last used', key.last_used_at === null ? 'never' : page.when(key.last_used_at)],
    ['workspace', `${workspace.id}  ${workspace.name}`],
    ['member', member === undefined ? null : `${member.id}  ${member.email}`],
  ]);
}

/** @throws Failure not_found, invalid_argument when it may be several */
function findKey(inspection: Inspection, text: string): KeyItem {
  const named = matchesOf(inspection, WAYS, text).flatMap(({ kind, name }) => {
    const where: Where<'keys'> = kind === 'key_id' ? { id: [name] } : { public_id: [name] };
    return inspection.list('keys', { limit: 1, where }).items;
  });
  const found =
    named.length > 0
      ? named
      : membersNamed(inspection, text).flatMap(({ workspace_id }) => keysOf(inspection, workspace_id));
  const keys = [...new Map(found.map((key) => [key.id, key])).values()];
  const [key] = keys;
  if (key === undefined) throw notFound(inspection, WAYS, { what: 'API key', text });
  if (keys.length > 1)
    throw ambiguous(
      'API key',
      text,
      keys.map(({ id, public_id, name }) => `${id}  ${public_id}  ${name}`),
    );
  return key;
}

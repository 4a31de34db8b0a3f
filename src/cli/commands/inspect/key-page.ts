/** `agent-paste inspect key <id>` */
import { type KeyView, keyView } from '../../../store/view/key.ts';
import { type PageText, pageOf } from './page.ts';

export const showKey = pageOf(keyView, printKey);

function printKey(
  page: PageText,
  { api_key: key, workspace, workspace_member: member, created_by: maker }: KeyView,
): void {
  page.title(page.shownKey(key.public_id), page.paint.cyan(key.id));
  page.facts([
    ['name', key.name],
    ['scopes', key.scopes.join(' ')],
    ['state', key.revoked_at === null ? 'active' : `revoked ${page.when(key.revoked_at)}`],
    ['created', `${page.when(key.created_at)}${maker === null ? '' : ` by the callback ${maker}`}`],
    ['last used', key.last_used_at === null ? 'never' : page.when(key.last_used_at)],
    ['workspace', `${workspace.id}  ${workspace.name}`],
    ['member', member === null ? null : `${member.id}  ${member.email}`],
  ]);
}

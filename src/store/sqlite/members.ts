/** Members and their workspaces; a user has one of each. */
import type { DatabaseSync } from 'node:sqlite';
import type { MemberRow, WorkspaceRow } from '../../callback/workspace/records.ts';
import type { MemberContext } from '../store.ts';
import { one, type Row } from './file/statements.ts';
import { MEMBERS, WORKSPACES } from './rows.ts';

export interface Members {
  /** By the WorkOS user id. */
  find(subject: string): MemberContext | undefined;
  workspace(id: string): WorkspaceRow;
  /** Writes the changes that a callback makes to a member. */
  update(member: MemberRow): void;
}

export function prepareMembers(db: DatabaseSync): Members {
  const findMember = db.prepare(`SELECT ${MEMBERS.columns} FROM ${MEMBERS.from} WHERE m.workos_user_id = ?`);
  const findWorkspace = db.prepare(`SELECT ${WORKSPACES.columns} FROM ${WORKSPACES.from} WHERE w.id = ?`);
  const update = db.prepare('UPDATE workspace_members SET email = ?, last_seen_at = ? WHERE id = ?');

  const workspace = (id: string) => WORKSPACES.read(one<Row>(findWorkspace, id) as Row); // a foreign key ensures that it exists

  return {
    find(subject) {
      const row = one<Row>(findMember, subject);
      if (row === undefined) return undefined;
      const member = MEMBERS.read(row);
      return { member, workspace: workspace(member.workspace_id) };
    },
    workspace,
    update: ({ id, email, last_seen_at }) => void update.run(email, last_seen_at, id),
  };
}

/** Sign-ins that lack one more step. */
import type { DatabaseSync } from 'node:sqlite';
import type { PendingRow, PendingRows } from '../../../workos/authkit/sign-ins.ts';
import { one } from '../file/statements.ts';

const COLUMNS = `hash, user_id, step, client_id, method, one_time_code_id, ip_address, user_agent, signed_in_at,
  expires_at`;

export function pendingRows(db: DatabaseSync): PendingRows {
  const find = db.prepare(`SELECT ${COLUMNS} FROM pending_authentications WHERE hash = ?`);
  const insert = db.prepare(`INSERT INTO pending_authentications (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const remove = db.prepare('DELETE FROM pending_authentications WHERE hash = ?');
  return {
    find: (hash) => one<PendingRow>(find, hash),
    insert: (row) => {
      const { hash, user_id, step, client_id, method, one_time_code_id, ip_address, user_agent } = row;
      const whose = [hash, user_id, step, client_id, method, one_time_code_id, ip_address, user_agent];
      insert.run(...whose, row.signed_in_at, row.expires_at);
    },
    remove: (hash) => void remove.run(hash),
  };
}

/** Authorization codes (RFC 6749 section 4.1). */
import type { DatabaseSync } from 'node:sqlite';
import type { CodeRow, CodeRows } from '../../../workos/authkit/sign-ins.ts';
import { one } from '../file/statements.ts';

const COLUMNS =
  'hash, user_id, organization_id, client_id, redirect_uri, challenge, method, failure, signed_in_at, expires_at';

export function codeRows(db: DatabaseSync): CodeRows {
  const find = db.prepare(`SELECT ${COLUMNS} FROM authorization_codes WHERE hash = ?`);
  const insert = db.prepare(`INSERT INTO authorization_codes (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const dropFailure = db.prepare('UPDATE authorization_codes SET failure = NULL WHERE hash = ?');
  return {
    find: (hash) => one<CodeRow>(find, hash),
    dropFailure: (hash) => void dropFailure.run(hash),
    insert: (row) => {
      const { hash, user_id, organization_id, client_id, redirect_uri, challenge } = row;
      const whose = [hash, user_id, organization_id, client_id, redirect_uri, challenge];
      insert.run(...whose, row.method, row.failure, row.signed_in_at, row.expires_at);
    },
  };
}

/** Codes that are mailed. */
import type { DatabaseSync } from 'node:sqlite';
import type { OneTimeCodeRow, OneTimeCodeRows } from '../../../workos/authkit/sign-ins.ts';
import { one } from '../file/statements.ts';

const COLUMNS = 'id, purpose, user_id, email, code, tries, used_at, created_at, expires_at';

export function oneTimeCodeRows(db: DatabaseSync): OneTimeCodeRows {
  const find = db.prepare(`SELECT ${COLUMNS} FROM one_time_codes WHERE id = ?`);
  const newest = db.prepare(
    `SELECT ${COLUMNS} FROM one_time_codes WHERE user_id = ? AND purpose = ? ORDER BY seq DESC LIMIT 1`,
  );
  const insert = db.prepare(`INSERT INTO one_time_codes (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const tried = db.prepare('UPDATE one_time_codes SET tries = tries + 1 WHERE id = ?');
  const used = db.prepare('UPDATE one_time_codes SET used_at = ? WHERE id = ?');
  return {
    find: (id) => one<OneTimeCodeRow>(find, id),
    newestOf: (userId, purpose) => one<OneTimeCodeRow>(newest, userId, purpose),
    insert: ({ id, purpose, user_id, email, code, tries, used_at, created_at, expires_at }) =>
      void insert.run(id, purpose, user_id, email, code, tries, used_at, created_at, expires_at),
    tried: (id) => void tried.run(id),
    used: (id, at) => void used.run(at, id),
  };
}

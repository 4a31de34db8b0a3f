/** The users of the directory, read and written within the transaction of a sign-in. */
import type { DatabaseSync } from 'node:sqlite';
import type { UserRows } from '../../../workos/authkit/sign-ins.ts';
import type { HiddenUserFields } from '../../../workos/users.ts';
import { one, type Row } from '../file/statements.ts';
import { USERS } from '../rows.ts';
import { prepareUserInsert, USER_COLUMNS } from '../users.ts';

export function userRows(db: DatabaseSync): UserRows {
  const find = db.prepare(`SELECT ${USER_COLUMNS} FROM users WHERE id = ?`);
  const sharing = db.prepare(`SELECT ${USER_COLUMNS} FROM users WHERE email = ? COLLATE NOCASE ORDER BY seq`);
  const recent = db.prepare(
    `SELECT ${USER_COLUMNS} FROM users
     WHERE instr(lower(email || ' ' || coalesce(first_name, '') || ' ' || coalesce(last_name, '')), lower(?)) > 0
     ORDER BY last_sign_in_at DESC, seq DESC LIMIT ?`,
  );
  const signedIn = db.prepare('UPDATE users SET last_sign_in_at = ? WHERE id = ?');
  const insert = prepareUserInsert(db);
  const ofExternalId = db.prepare(`SELECT ${USER_COLUMNS} FROM users WHERE external_id = ?`);
  const hiddenOf = db.prepare('SELECT password_hash AS passwordHash, sign_in AS signIn FROM users WHERE id = ?');
  const update = db.prepare(
    `UPDATE users SET email = ?, first_name = ?, last_name = ?, updated_at = ?, email_verified = ?, external_id = ?,
       metadata = ?, password_hash = ?, sign_in = ? WHERE id = ?`,
  );
  const remove = db.prepare('DELETE FROM users WHERE id = ?');
  const known = (row: Row | undefined) => row && USERS.read(row);
  const hidden = (id: string) => one<HiddenUserFields>(hiddenOf, id) ?? {};
  const sharedBy = (email: string) => sharing.all(email).map(USERS.read);
  return {
    find: (id) => known(one(find, id)),
    ofExternalId: (externalId) => known(one(ofExternalId, externalId)),
    hiddenOf: hidden,
    update: (user, changed = {}) => {
      const { id, email, first_name, last_name, updated_at, email_verified, external_id, metadata } = user;
      const { passwordHash = null, signIn = null } = { ...hidden(id), ...changed };
      const names = [email, first_name, last_name, updated_at, Number(email_verified), external_id];
      update.run(...names, JSON.stringify(metadata), passwordHash, signIn, id);
    },
    remove: (id) => remove.run(id).changes > 0,
    sharing: sharedBy,
    recent: (limit, containing = '') => recent.all(containing, limit).map(USERS.read),
    findOrAdd: (user) => {
      const [oldest, ...others] = sharedBy(user.email);
      if (oldest !== undefined) return [oldest, ...others];
      insert(user);
      return [user];
    },
    signedIn: (id, at) => void signedIn.run(at, id),
  };
}

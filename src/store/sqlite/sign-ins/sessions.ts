/** Sessions of signed-in users. */
import type { DatabaseSync } from 'node:sqlite';
import type { SessionRow, SessionRows } from '../../../workos/authkit/sign-ins.ts';
import { one } from '../file/statements.ts';
import { listing } from './listing.ts';

const COLUMNS = `id, user_id, organization_id, client_id, code_hash, public, method, redirect_origin, ip_address,
  user_agent, failure, signed_in_at, expires_at, ended_at, updated_at`;

type StoredSession = Omit<SessionRow, 'public'> & { readonly public: number };

function session(row: StoredSession): SessionRow {
  return { ...row, public: row.public === 1 };
}

export function sessionRows(db: DatabaseSync): SessionRows {
  const find = db.prepare(`SELECT ${COLUMNS} FROM sessions WHERE id = ?`);
  const ofCode = db.prepare(`SELECT ${COLUMNS} FROM sessions WHERE code_hash = ?`);
  const insert = db.prepare(`INSERT INTO sessions (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const refreshed = db.prepare('UPDATE sessions SET organization_id = ?, updated_at = ? WHERE id = ?');
  const end = db.prepare('UPDATE sessions SET ended_at = ?, updated_at = ? WHERE id = ? AND ended_at IS NULL');
  const forget = db.prepare('UPDATE refresh_tokens SET answer = NULL, answer_until = NULL WHERE session_id = ?');
  const providers = db.prepare(
    "SELECT DISTINCT method FROM sessions WHERE user_id = ? AND method LIKE '%OAuth' ORDER BY method",
  );
  const endAll = db.prepare(
    'UPDATE sessions SET ended_at = :at, updated_at = :at WHERE user_id = :id AND ended_at IS NULL',
  );
  const forgetAll = db.prepare(
    `UPDATE refresh_tokens SET answer = NULL, answer_until = NULL
     WHERE session_id IN (SELECT id FROM sessions WHERE user_id = ?)`,
  );
  const list = listing<StoredSession>(db, 'sessions', COLUMNS);
  const known = (row: StoredSession | undefined) => row && session(row);
  return {
    find: (id) => known(one(find, id)),
    ofCode: (hash) => known(one(ofCode, hash)),
    insert: (row) => {
      const { id, user_id, organization_id, client_id, code_hash, method, redirect_origin } = row;
      const began = [id, user_id, organization_id, client_id, code_hash, Number(row.public), method, redirect_origin];
      const { ip_address, user_agent, failure, signed_in_at, expires_at, ended_at, updated_at } = row;
      insert.run(...began, ip_address, user_agent, failure, signed_in_at, expires_at, ended_at, updated_at);
    },
    refreshed: (id, organizationId, at) => void refreshed.run(organizationId, at, id),
    end: (id, at) => {
      const changed = end.run(at, at, id).changes > 0;
      if (changed) forget.run(id);
      return changed;
    },
    providersOf: (userId) => (providers.all(userId) as { method: string }[]).map(({ method }) => method),
    endAll: (id, at) => {
      forgetAll.run(id);
      return Number(endAll.run({ id, at }).changes);
    },
    activeOf: (userId, now, query) => {
      const page = list(query, [
        { sql: 'user_id = ?', value: userId },
        { sql: 'expires_at > ?', value: now },
        { sql: 'ended_at IS NULL' },
      ]);
      return { ...page, items: page.items.map(session) };
    },
  };
}

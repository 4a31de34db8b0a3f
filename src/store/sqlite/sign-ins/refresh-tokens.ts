/** Refresh tokens. The schema ensures that each has at most one successor. */
import type { DatabaseSync } from 'node:sqlite';
import type { RefreshTokenRow, RefreshTokenRows } from '../../../workos/authkit/sign-ins.ts';
import { one } from '../file/statements.ts';

export function refreshTokenRows(db: DatabaseSync): RefreshTokenRows {
  const find = db.prepare('SELECT hash, session_id, parent, answer, answer_until FROM refresh_tokens WHERE hash = ?');
  const successor = db.prepare('SELECT hash FROM refresh_tokens WHERE parent = ?');
  const insert = db.prepare('INSERT INTO refresh_tokens (hash, session_id, parent) VALUES (?, ?, ?)');
  const keepAnswer = db.prepare('UPDATE refresh_tokens SET answer = ?, answer_until = ? WHERE hash = ?');
  return {
    find: (hash) => one<RefreshTokenRow>(find, hash),
    hasSuccessor: (hash) => one(successor, hash) !== undefined,
    insert: ({ hash, session_id, parent }) => void insert.run(hash, session_id, parent),
    keepAnswer: (hash, sealed, until) => void keepAnswer.run(sealed, until, hash),
    dropAnswer: (hash) => void keepAnswer.run(null, null, hash),
  };
}

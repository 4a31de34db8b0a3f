/** API keys, as their owners use them. */
import type { DatabaseSync } from 'node:sqlite';
import { secretMatches } from '../../callback/workspace/api-key.ts';
import { isoTime } from '../../machine/values/time.ts';
import { type Peppers, pepperOf } from '../peppers.ts';
import type { Store } from '../store.ts';
import type { Connection } from './connection.ts';
import { one, type Row } from './file/statements.ts';
import type { Members } from './members.ts';
import { API_KEYS } from './rows.ts';

export function apiKeysOver(
  db: DatabaseSync,
  { read, write }: Pick<Connection, 'read' | 'write'>,
  members: Pick<Members, 'workspace'>,
  peppers: Peppers,
): Pick<Store, 'authenticateKey'> {
  const find = db.prepare(`SELECT ${API_KEYS.columns} FROM ${API_KEYS.from} WHERE k.public_id = ?`);
  const use = db.prepare('UPDATE api_keys SET last_used_at = ? WHERE id = ?');
  return {
    async authenticateKey(text, now) {
      const key = await read(() => {
        const row = one<Row>(find, text.publicId);
        return row && API_KEYS.read(row);
      });
      if (key === undefined || key.revoked_at !== null) return undefined;
      if (!secretMatches(pepperOf(peppers, key.pepper_kid), text.secret, key.secret_hmac)) return undefined;
      const last_used_at = isoTime(now);
      await write(() => use.run(last_used_at, key.id));
      return { key: { ...key, last_used_at }, workspace: await read(() => members.workspace(key.workspace_id)) };
    },
  };
}

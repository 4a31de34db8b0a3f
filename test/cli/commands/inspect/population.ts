/** A state with many members, written at once: what a busy year leaves behind. */
import { join } from 'node:path';
import { provision } from '../../../../src/callback/workspace/provision.ts';
import { systemRandom } from '../../../../src/machine/random.ts';
import { openStateDirectory } from '../../../../src/machine/state-directory.ts';
import { openPeppers } from '../../../../src/store/peppers.ts';
import { attemptsPath } from '../../../../src/store/sqlite/attempt-log.ts';
import { openDatabase } from '../../../../src/store/sqlite/file/open.ts';
import { transaction } from '../../../../src/store/sqlite/file/statements.ts';
import { prepareAddWorkspace } from '../../../../src/store/sqlite/inserts.ts';
import { ATTEMPTS_SCHEMA, DIRECTORY_SCHEMA, MAIN_SCHEMA } from '../../../../src/store/sqlite/schema.ts';
import { databaseAt, openSqliteStore } from '../../../../src/store/sqlite/store.ts';

const STEP_MS = 1000;
const MOST_ATTEMPTS = 100_000;
/** Members in one transaction: the write-ahead log stays small. */
const BATCH = 10_000;

/** Members `user-0@example.com` to `user-<n-1>@example.com`, a second apart, each with a callback and a record. */
export async function populate(directory: string, members: number, now = Date.now()): Promise<void> {
  const paths = openStateDirectory(directory);
  const random = systemRandom();
  const database = join(directory, 'agent-paste.db');
  const peppers = openPeppers(paths.peppers, databaseAt(database), random);
  await openSqliteStore({ path: database, peppers, random, keyEnvironment: 'preview' }).close();
  const db = openDatabase(database, MAIN_SCHEMA, { synchronous: 'NORMAL' });
  const attempts = openDatabase(attemptsPath(database), ATTEMPTS_SCHEMA, { synchronous: 'NORMAL' });
  const users = openDatabase(paths.users, DIRECTORY_SCHEMA, { synchronous: 'NORMAL' });
  const addWorkspace = prepareAddWorkspace(db);
  const record = db.prepare(
    `INSERT INTO callback_records (idempotency_key, subject, issuer, member_id, outcome, status, key_public_id, body_sealed, body_sha256, seal_version, pepper_kid, created_at, expires_at)
     VALUES (?, ?, 'https://api.workos.com', ?, 'seen', 200, NULL, zeroblob(700), zeroblob(32), 1, 1, ?, ?)`,
  );
  const attempt = attempts.prepare(
    `INSERT INTO callback_attempts (at, request_id, status, outcome, reason, subject, idempotency_key, milliseconds)
     VALUES (?, ?, ?, ?, ?, ?, ?, 1.5)`,
  );
  const user = users.prepare('INSERT INTO users (id, email, created_at, updated_at) VALUES (?, ?, ?, ?)');
  const all = (work: () => void) => transaction(db, () => transaction(attempts, () => transaction(users, work)));
  const addFrom = (first: number) => {
    for (let n = first; n < Math.min(first + BATCH, members); n++) {
      const at = now - (members - n) * STEP_MS;
      const instant = new Date(at).toISOString();
      const subject = `user_${random.ulid(at)}`;
      const email = `user-${n}@example.com`;
      const requestId = `req_${random.ulid(at)}`;
      const key = `workos-jti:${random.ulid(at)}`;
      const made = provision(
        { subject, email, now: at, requestId, keyEnvironment: 'preview', pepper: peppers.current },
        random,
      );
      addWorkspace(made);
      record.run(key, subject, made.member.id, instant, at + 86_400_000);
      user.run(subject, email, instant, instant);
      if (members - n > MOST_ATTEMPTS) continue;
      const refused = n % 50 === 0;
      attempt.run(
        instant,
        requestId,
        refused ? 401 : 200,
        refused ? 'refused' : 'seen',
        refused ? 'user_fetch_failed' : null,
        subject,
        key,
      );
    }
  };
  for (let first = 0; first < members; first += BATCH) all(() => addFrom(first));
  for (const each of [db, attempts, users]) {
    each.exec('PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE)');
    each.close();
  }
}

/** A state with many members, written at once: what a busy year leaves behind. */
import { join } from 'node:path';
import { systemRandom } from '../../src/random.ts';
import { openStateDirectory } from '../../src/state-directory.ts';
import { attemptsPath } from '../../src/store/attempts.ts';
import { openDatabase } from '../../src/store/database.ts';
import { prepareInserts } from '../../src/store/inserts.ts';
import { openPeppers } from '../../src/store/peppers.ts';
import { ATTEMPTS_SCHEMA, DIRECTORY_SCHEMA, MAIN_SCHEMA } from '../../src/store/schema.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { transaction } from '../../src/store/statements.ts';
import { provision } from '../../src/workspace/provision.ts';

const STEP_MS = 1000;
const MOST_ATTEMPTS = 100_000;
/** Members in one transaction: the write-ahead log stays small. */
const BATCH = 10_000;

/** Members `user-0@example.com` to `user-<n-1>@example.com`, a second apart, each with a callback and a record. */
export function populate(directory: string, members: number, now = Date.now()): void {
  const paths = openStateDirectory(directory);
  const random = systemRandom();
  const database = join(directory, 'agent-paste.db');
  const peppers = openPeppers(paths.peppers, database, random);
  openSqliteStore({ path: database, peppers, random, keyEnvironment: 'preview' }).close();
  const db = openDatabase(database, MAIN_SCHEMA, { synchronous: 'NORMAL' });
  const attempts = openDatabase(attemptsPath(database), ATTEMPTS_SCHEMA, { synchronous: 'NORMAL' });
  const users = openDatabase(paths.users, DIRECTORY_SCHEMA, { synchronous: 'NORMAL' });
  const inserts = prepareInserts(db);
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
      inserts.workspace(made.workspace);
      inserts.member(made.member);
      inserts.defaultKey(made.key);
      for (const event of made.events) inserts.event(event);
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

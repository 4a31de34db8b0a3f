/** The store over one SQLite file, which several processes may share. */

import type { DatabaseSync } from 'node:sqlite';
import type { RandomSource } from '../random.ts';
import { type ApiKeyText, secretMatches } from '../workspace/api-key.ts';
import { callbackBody, provision } from '../workspace/provision.ts';
import { prepareCallbackRecords, SWEEP_BATCH } from './callback-records.ts';
import { connect } from './connection.ts';
import { openPrepared } from './database.ts';
import { watchFile } from './database-file.ts';
import { prepareInserts } from './inserts.ts';
import { preparePages } from './pages.ts';
import { refuseOtherPepper } from './pepper-check.ts';
import { type Peppers, pepperOf } from './peppers.ts';
import {
  ARTIFACT_COLUMNS,
  apiKey,
  artifact,
  KEY_COLUMNS,
  MEMBER_COLUMNS,
  member,
  type StoredArtifact,
  type StoredKey,
  type StoredMember,
  type StoredWorkspace,
  WORKSPACE_COLUMNS,
} from './rows.ts';
import { MAIN_SCHEMA } from './schema.ts';
import { one } from './statements.ts';
import type { Callback, KeyContext, MemberContext, Resolution, Store, StoreSettings } from './store.ts';

export interface SqliteStoreOptions extends StoreSettings {
  /** A file, or `:memory:`. */
  readonly path: string;
  readonly peppers: Peppers;
  readonly random: RandomSource;
  /** Called when the file turns out to be another one, or none. */
  readonly onReplaced?: (() => void) | undefined;
}

/** @throws Failure when the file cannot be used (see `openDatabase`), or state_mismatch when the pepper is not its own */
export function openSqliteStore(options: SqliteStoreOptions): Store {
  const { path, peppers } = options;
  return openPrepared(path, MAIN_SCHEMA, { synchronous: 'FULL' }, (db) => {
    refuseOtherPepper(db, path, peppers);
    return storeOver(db, options);
  });
}

function storeOver(
  db: DatabaseSync,
  { peppers, random, keyEnvironment, onReplaced = () => undefined }: SqliteStoreOptions,
): Store {
  const { read, write, checkpoint, close } = connect(db, watchFile(db.location(), onReplaced));
  const records = prepareCallbackRecords(db, peppers, random);
  const inserts = prepareInserts(db);
  const pages = preparePages(db);
  const findMember = db.prepare(`SELECT ${MEMBER_COLUMNS} FROM workspace_members m WHERE m.workos_user_id = ?`);
  const findWorkspace = db.prepare(`SELECT ${WORKSPACE_COLUMNS} FROM workspaces w WHERE w.id = ?`);
  const seeMember = db.prepare('UPDATE workspace_members SET email = ?, last_seen_at = ? WHERE id = ?');
  const findKey = db.prepare(`SELECT ${KEY_COLUMNS} FROM api_keys k WHERE k.public_id = ?`);
  const useKey = db.prepare('UPDATE api_keys SET last_used_at = ? WHERE id = ?');
  const findArtifact = db.prepare(`SELECT ${ARTIFACT_COLUMNS} FROM artifacts a WHERE a.workspace_id = ? AND a.id = ?`);

  const contextOf = (subject: string): MemberContext | undefined => {
    const row = one<StoredMember>(findMember, subject);
    return row && { member: member(row), workspace: workspaceOf(row.workspace_id) };
  };

  const workspaceOf = (id: string): StoredWorkspace => {
    const { name, contact_email, created_at } = one<StoredWorkspace>(findWorkspace, id) as StoredWorkspace; // a foreign key says it is there
    return { id, name, contact_email, created_at };
  };

  const seen = (callback: Callback, { workspace, member: before }: MemberContext): Resolution => {
    const now = { ...before, email: callback.email, last_seen_at: new Date(callback.now).toISOString() };
    seeMember.run(now.email, now.last_seen_at, now.id);
    const body = callbackBody(workspace, now, null);
    records.insert(callback, { outcome: 'seen', memberId: now.id, keyPublicId: null, body });
    return { outcome: 'seen', status: 200, body };
  };

  const provisioned = (callback: Callback): Resolution => {
    const made = provision({ ...callback, keyEnvironment, pepper: peppers.current }, random);
    inserts.workspace(made.workspace);
    inserts.member(made.member);
    inserts.defaultKey(made.key);
    for (const event of made.events) inserts.event(event);
    const body = callbackBody(made.workspace, made.member, made);
    records.insert(callback, {
      outcome: 'provisioned',
      memberId: made.member.id,
      keyPublicId: made.key.public_id,
      body,
    });
    return { outcome: 'provisioned', status: 200, body };
  };

  const replay = (callback: Callback): Resolution | undefined => {
    const answer = records.find(callback);
    return answer && { outcome: 'replayed', ...answer };
  };

  return {
    async resolveMember(callback) {
      // A replay needs no lock: a record, once committed, does not change.
      const stored = await read(() => replay(callback));
      if (stored) return stored;
      return write(() => {
        const meanwhile = replay(callback); // by another process, since we looked
        if (meanwhile) return meanwhile;
        const reused = records.keyUsedByAnother(callback);
        const known = contextOf(callback.subject);
        const resolution = known ? seen(callback, known) : provisioned(callback);
        return reused ? { ...resolution, warning: reuseWarning(callback) } : resolution;
      });
    },

    memberOf: (subject) => read(() => contextOf(subject)),

    async authenticateKey(text: ApiKeyText, now: number): Promise<KeyContext | undefined> {
      const key = await read(() => {
        const row = one<StoredKey>(findKey, text.publicId);
        return row && apiKey(row);
      });
      if (key === undefined || key.revoked_at !== null) return undefined;
      if (!secretMatches(pepperOf(peppers, key.pepper_kid), text.secret, key.secret_hmac)) return undefined;
      const last_used_at = new Date(now).toISOString();
      await write(() => useKey.run(last_used_at, key.id));
      return { key: { ...key, last_used_at }, workspace: await read(() => workspaceOf(key.workspace_id)) };
    },

    keys: (workspaceId, page) => read(() => pages.keys(workspaceId, page)),
    events: (workspaceId, page) => read(() => pages.events(workspaceId, page)),
    artifacts: (workspaceId, page) => read(() => pages.artifacts(workspaceId, page)),
    artifact: (workspaceId, id) =>
      read(() => {
        const row = one<StoredArtifact>(findArtifact, workspaceId, id);
        return row && artifact(row);
      }),

    seed: (workspaces) =>
      write(() => {
        const fresh = workspaces.filter(
          ({ member: { workos_user_id } }) => one(findMember, workos_user_id) === undefined,
        );
        for (const { workspace, member: row, key, events, artifacts } of fresh) {
          inserts.workspace(workspace);
          inserts.member(row);
          if (key) inserts.defaultKey(key);
          for (const event of events) inserts.event(event);
          for (const each of artifacts) inserts.artifact(each);
        }
        return fresh.length;
      }),

    async sweep(now) {
      let dropped = 0;
      if (await read(() => records.hasExpired(now))) {
        for (let batch = SWEEP_BATCH; batch === SWEEP_BATCH; dropped += batch) {
          batch = await write(() => records.deleteExpired(now));
        }
      }
      // `secure_delete` overwrites what is deleted, and emptying the log removes the copies in there: both are needed,
      // also for an expired answer that a new one has replaced. Where a reader is in the way, the next sweep does it.
      await read(checkpoint);
      return dropped;
    },

    close,
  };
}

function reuseWarning({ idempotencyKey }: Callback): string {
  return idempotencyKey.startsWith('workos-jti:') ? 'jti_reused_across_subjects' : 'sid_reused_across_subjects';
}

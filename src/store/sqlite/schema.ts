/**
 * The tables with their constraints. Even if other code has a bug, the database refuses a second member, a second default
 * key, or two answers for one callback.
 */

import type { SchemaFamily } from './file/migrate.ts';
import { SIGN_IN_STEP } from './sign-ins/schema.ts';

/** Workspaces, members, keys, events, callback records. */
export const MAIN_SCHEMA: SchemaFamily = {
  name: 'agent-paste database',
  applicationId: 0x41504d31, // APM1
  steps: [
    `
    CREATE TABLE meta (
      name  TEXT PRIMARY KEY,
      value TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE workspaces (
      id            TEXT PRIMARY KEY CHECK (length(id) = 36),
      name          TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 400),
      contact_email TEXT NOT NULL CHECK (length(contact_email) <= 320),
      created_at    TEXT NOT NULL CHECK (length(created_at) = 24)
    ) STRICT;

    CREATE TABLE workspace_members (
      id             TEXT PRIMARY KEY CHECK (id GLOB 'mem_*' AND length(id) = 30),
      -- One personal workspace has one member.
      workspace_id   TEXT NOT NULL UNIQUE REFERENCES workspaces (id) ON DELETE CASCADE,
      -- One WorkOS user is one member, whatever runs at the same time. E-mails may repeat.
      workos_user_id TEXT NOT NULL UNIQUE CHECK (length(workos_user_id) BETWEEN 1 AND 255),
      email          TEXT NOT NULL CHECK (length(email) <= 320),
      scopes         TEXT NOT NULL CHECK (json_valid(scopes)),
      created_at     TEXT NOT NULL CHECK (length(created_at) = 24),
      last_seen_at   TEXT NOT NULL CHECK (length(last_seen_at) = 24)
    ) STRICT;
    CREATE INDEX members_by_email ON workspace_members (email COLLATE NOCASE);

    CREATE TABLE api_keys (
      id           TEXT PRIMARY KEY CHECK (id GLOB 'key_*' AND length(id) = 30),
      workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
      name         TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
      public_id    TEXT NOT NULL UNIQUE CHECK (length(public_id) = 16),
      secret_hmac  TEXT NOT NULL CHECK (length(secret_hmac) = 43),
      pepper_kid   INTEGER NOT NULL CHECK (pepper_kid > 0),
      scopes       TEXT NOT NULL CHECK (json_valid(scopes)),
      is_default   INTEGER NOT NULL CHECK (is_default IN (0, 1)),
      revoked_at   TEXT CHECK (length(revoked_at) = 24),
      created_at   TEXT NOT NULL CHECK (length(created_at) = 24),
      last_used_at TEXT CHECK (length(last_used_at) = 24)
    ) STRICT;
    -- One default key in a workspace, ever.
    CREATE UNIQUE INDEX one_default_key ON api_keys (workspace_id) WHERE is_default = 1;
    CREATE INDEX keys_by_workspace ON api_keys (workspace_id);

    CREATE TABLE operation_events (
      id           TEXT PRIMARY KEY CHECK (id GLOB 'evt_*' AND length(id) = 30),
      workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
      actor_type   TEXT NOT NULL,
      actor_id     TEXT NOT NULL,
      action       TEXT NOT NULL,
      target_type  TEXT NOT NULL,
      target_id    TEXT NOT NULL,
      details      TEXT NOT NULL CHECK (json_valid(details) AND length(details) <= 4096),
      request_id   TEXT NOT NULL CHECK (length(request_id) <= 128),
      created_at   TEXT NOT NULL CHECK (length(created_at) = 24)
    ) STRICT;
    CREATE INDEX events_by_workspace ON operation_events (workspace_id);

    CREATE TABLE callback_records (
      idempotency_key TEXT NOT NULL CHECK (length(idempotency_key) BETWEEN 1 AND 300),
      subject         TEXT NOT NULL CHECK (length(subject) BETWEEN 1 AND 255),
      issuer          TEXT NOT NULL CHECK (length(issuer) BETWEEN 1 AND 2048),
      -- A member who is gone takes the answers along, so that none shows a key that no longer works.
      member_id       TEXT NOT NULL REFERENCES workspace_members (id) ON DELETE CASCADE,
      outcome         TEXT NOT NULL CHECK (outcome IN ('provisioned', 'seen')),
      -- Refusals and outages are never stored.
      status          INTEGER NOT NULL CHECK (status = 200),
      key_public_id   TEXT CHECK ((key_public_id IS NULL) = (outcome = 'seen')),
      -- The answer exists here only sealed; see seal.ts.
      body_sealed     BLOB NOT NULL CHECK (length(body_sealed) BETWEEN 45 AND 16384),
      body_sha256     BLOB NOT NULL CHECK (length(body_sha256) = 32),
      seal_version    INTEGER NOT NULL,
      pepper_kid      INTEGER NOT NULL CHECK (pepper_kid > 0),
      created_at      TEXT NOT NULL CHECK (length(created_at) = 24),
      -- Milliseconds since 1970.
      expires_at      INTEGER NOT NULL,
      -- One answer for one callback. The issuer and the subject are part of it: a jti is unique per issuer at best,
      -- and a record found by the key alone would hand one user another's secret.
      PRIMARY KEY (idempotency_key, subject, issuer)
    ) STRICT;
    CREATE INDEX records_by_expiry ON callback_records (expires_at);
    CREATE INDEX records_by_member ON callback_records (member_id);

    CREATE TABLE artifacts (
      id                 TEXT PRIMARY KEY CHECK (id GLOB 'art_*' AND length(id) = 30),
      workspace_id       TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
      title              TEXT NOT NULL CHECK (length(title) <= 400),
      status             TEXT NOT NULL CHECK (status IN ('Published', 'Deleted', 'Expired')),
      latest_revision_id TEXT NOT NULL CHECK (latest_revision_id GLOB 'rev_*' AND length(latest_revision_id) = 30),
      pinned             INTEGER NOT NULL CHECK (pinned IN (0, 1)),
      lockdown           INTEGER NOT NULL CHECK (lockdown IN (0, 1)),
      last_published_at  TEXT NOT NULL CHECK (length(last_published_at) = 24),
      auto_delete_at     TEXT CHECK (length(auto_delete_at) = 24),
      entrypoint         TEXT NOT NULL,
      file_count         INTEGER NOT NULL CHECK (file_count >= 0),
      size_bytes         INTEGER NOT NULL CHECK (size_bytes >= 0)
    ) STRICT;
    CREATE INDEX artifacts_by_workspace ON artifacts (workspace_id, last_published_at, id);
    `,
  ],
};

/** The outcome of each callback, for support. No replay and no sign-in waits for this file. */
export const ATTEMPTS_SCHEMA: SchemaFamily = {
  name: 'log of callback attempts',
  applicationId: 0x41504131, // APA1
  steps: [
    `
    CREATE TABLE callback_attempts (
      id              INTEGER PRIMARY KEY,
      at              TEXT NOT NULL CHECK (length(at) = 24),
      request_id      TEXT NOT NULL CHECK (length(request_id) <= 128),
      status          INTEGER NOT NULL,
      outcome         TEXT NOT NULL,
      reason          TEXT,
      issuer          TEXT,
      -- From a verified token only, as is the key.
      subject         TEXT,
      session_id      TEXT,
      idempotency_key TEXT,
      -- Expected and received of a refusal, for explain; truncated, never a token.
      expected        TEXT CHECK (length(expected) <= 300),
      received        TEXT CHECK (length(received) <= 300),
      milliseconds    REAL NOT NULL
    ) STRICT;
    CREATE INDEX attempts_by_subject ON callback_attempts (subject, id) WHERE subject IS NOT NULL;
    CREATE INDEX attempts_by_request ON callback_attempts (request_id);
    CREATE INDEX attempts_by_reason ON callback_attempts (reason, id) WHERE reason IS NOT NULL;
    CREATE INDEX attempts_by_outcome ON callback_attempts (outcome, id);
    `,
    `
    ALTER TABLE callback_attempts ADD COLUMN token_id TEXT;
    -- What an unverified token says; anyone can write it.
    ALTER TABLE callback_attempts ADD COLUMN claimed_issuer TEXT CHECK (length(claimed_issuer) <= 300);
    ALTER TABLE callback_attempts ADD COLUMN claimed_subject TEXT CHECK (length(claimed_subject) <= 300);
    ALTER TABLE callback_attempts ADD COLUMN claimed_session_id TEXT CHECK (length(claimed_session_id) <= 300);
    ALTER TABLE callback_attempts ADD COLUMN claimed_token_id TEXT CHECK (length(claimed_token_id) <= 300);
    -- As WorkOS had it at that time: it may have changed since.
    ALTER TABLE callback_attempts ADD COLUMN email TEXT CHECK (length(email) <= 320);
    UPDATE callback_attempts SET token_id = substr(idempotency_key, 12) WHERE substr(idempotency_key, 1, 11) = 'workos-jti:';
    CREATE INDEX attempts_by_claim ON callback_attempts (claimed_subject, id) WHERE claimed_subject IS NOT NULL;
    CREATE INDEX attempts_by_email ON callback_attempts (email COLLATE NOCASE, id) WHERE email IS NOT NULL;
    `,
    `
    -- What the inspector shows of a callback, without token and secret.
    CREATE TABLE callback_details (
      attempt_id INTEGER PRIMARY KEY REFERENCES callback_attempts (id) ON DELETE CASCADE,
      detail     TEXT NOT NULL CHECK (json_valid(detail) AND length(detail) <= 8192)
    ) STRICT;
    `,
  ],
};

/** The users of the local WorkOS, and their sign-ins. */
export const DIRECTORY_SCHEMA: SchemaFamily = {
  name: 'directory of local WorkOS users',
  applicationId: 0x41505531, // APU1
  steps: [
    `
    CREATE TABLE users (
      seq        INTEGER PRIMARY KEY,
      id         TEXT NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 255),
      email      TEXT NOT NULL CHECK (length(email) BETWEEN 3 AND 320),
      first_name TEXT CHECK (length(first_name) <= 200),
      last_name  TEXT CHECK (length(last_name) <= 200),
      created_at TEXT NOT NULL CHECK (length(created_at) = 24),
      updated_at TEXT NOT NULL CHECK (length(updated_at) = 24)
    ) STRICT;
    CREATE INDEX users_by_email ON users (email COLLATE NOCASE);
    `,
    SIGN_IN_STEP,
  ],
};

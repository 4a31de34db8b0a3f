/**
 * The tables, and the promises they keep by constraint, as on SQLite: whatever the code above does wrong, the database
 * refuses to hold a second member, a second default key, or two answers for one callback.
 *
 * Texts are ordered and compared by their bytes (COLLATE "C"), so that no index depends on the collations of a system.
 */

/** What `meta` says under `application`: tells our schema from anybody else's. */
export const APPLICATION = 'agent-paste';

/** Step N takes a schema from version N to N + 1. Steps are never changed once released. */
export const STEPS: readonly ((schema: string) => string)[] = [
  (schema) => `
    CREATE TABLE ${schema}.meta (
      name  text COLLATE "C" PRIMARY KEY,
      value text COLLATE "C" NOT NULL
    );

    CREATE TABLE ${schema}.workspaces (
      id            text COLLATE "C" PRIMARY KEY CHECK (char_length(id) = 36),
      name          text COLLATE "C" NOT NULL CHECK (char_length(name) BETWEEN 1 AND 400),
      contact_email text COLLATE "C" NOT NULL CHECK (char_length(contact_email) <= 320),
      created_at    timestamptz(3) NOT NULL
    );

    CREATE TABLE ${schema}.workspace_members (
      id             text COLLATE "C" PRIMARY KEY CHECK (left(id, 4) = 'mem_' AND char_length(id) = 30),
      -- One personal workspace has one member.
      workspace_id   text COLLATE "C" NOT NULL UNIQUE REFERENCES ${schema}.workspaces (id) ON DELETE CASCADE,
      -- One WorkOS user is one member, whatever runs at the same time. E-mails may repeat.
      workos_user_id text COLLATE "C" NOT NULL UNIQUE CHECK (char_length(workos_user_id) BETWEEN 1 AND 255),
      email          text COLLATE "C" NOT NULL CHECK (char_length(email) <= 320),
      scopes         json NOT NULL,
      created_at     timestamptz(3) NOT NULL,
      last_seen_at   timestamptz(3) NOT NULL,
      -- The order in which rows were written.
      seq            bigint GENERATED ALWAYS AS IDENTITY
    ) WITH (fillfactor = 90);
    CREATE INDEX members_by_email ON ${schema}.workspace_members (lower(email COLLATE "C"));

    CREATE TABLE ${schema}.api_keys (
      id           text COLLATE "C" PRIMARY KEY CHECK (left(id, 4) = 'key_' AND char_length(id) = 30),
      workspace_id text COLLATE "C" NOT NULL REFERENCES ${schema}.workspaces (id) ON DELETE CASCADE,
      name         text COLLATE "C" NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
      public_id    text COLLATE "C" NOT NULL UNIQUE CHECK (char_length(public_id) = 16),
      secret_hmac  text COLLATE "C" NOT NULL CHECK (char_length(secret_hmac) = 43),
      pepper_kid   integer NOT NULL CHECK (pepper_kid > 0),
      scopes       json NOT NULL,
      is_default   boolean NOT NULL,
      revoked_at   timestamptz(3),
      created_at   timestamptz(3) NOT NULL,
      last_used_at timestamptz(3),
      seq          bigint GENERATED ALWAYS AS IDENTITY
    );
    -- One default key in a workspace, ever.
    CREATE UNIQUE INDEX one_default_key ON ${schema}.api_keys (workspace_id) WHERE is_default;
    CREATE INDEX keys_by_workspace ON ${schema}.api_keys (workspace_id, seq);

    CREATE TABLE ${schema}.operation_events (
      id           text COLLATE "C" PRIMARY KEY CHECK (left(id, 4) = 'evt_' AND char_length(id) = 30),
      workspace_id text COLLATE "C" NOT NULL REFERENCES ${schema}.workspaces (id) ON DELETE CASCADE,
      actor_type   text COLLATE "C" NOT NULL,
      actor_id     text COLLATE "C" NOT NULL,
      action       text COLLATE "C" NOT NULL,
      target_type  text COLLATE "C" NOT NULL,
      target_id    text COLLATE "C" NOT NULL,
      details      json NOT NULL CHECK (char_length(details::text) <= 4096),
      request_id   text COLLATE "C" NOT NULL CHECK (char_length(request_id) <= 128),
      created_at   timestamptz(3) NOT NULL,
      seq          bigint GENERATED ALWAYS AS IDENTITY,
      -- A reader that follows the list waits for transactions that began earlier.
      written_by   xid8 NOT NULL DEFAULT pg_current_xact_id()
    );
    CREATE INDEX events_by_workspace ON ${schema}.operation_events (workspace_id, seq);
    CREATE INDEX events_by_writer ON ${schema}.operation_events (written_by, seq);

    CREATE TABLE ${schema}.callback_records (
      idempotency_key text COLLATE "C" NOT NULL CHECK (char_length(idempotency_key) BETWEEN 1 AND 300),
      subject         text COLLATE "C" NOT NULL CHECK (char_length(subject) BETWEEN 1 AND 255),
      -- With these three, the longest row of the index fits into its page.
      issuer          text COLLATE "C" NOT NULL CHECK (octet_length(issuer) BETWEEN 1 AND 1000),
      -- A member who is gone takes the answers along, so that none shows a key that no longer works.
      member_id       text COLLATE "C" NOT NULL REFERENCES ${schema}.workspace_members (id) ON DELETE CASCADE,
      outcome         text COLLATE "C" NOT NULL CHECK (outcome IN ('provisioned', 'seen')),
      -- Refusals and outages are never stored.
      status          integer NOT NULL CHECK (status = 200),
      key_public_id   text COLLATE "C" CHECK ((key_public_id IS NULL) = (outcome = 'seen')),
      -- The answer exists here only sealed; see seal.ts.
      body_sealed     bytea NOT NULL CHECK (octet_length(body_sealed) BETWEEN 45 AND 16384),
      body_sha256     bytea NOT NULL CHECK (octet_length(body_sha256) = 32),
      seal_version    integer NOT NULL,
      pepper_kid      integer NOT NULL CHECK (pepper_kid > 0),
      created_at      timestamptz(3) NOT NULL,
      expires_at      timestamptz(3) NOT NULL,
      seq             bigint GENERATED ALWAYS AS IDENTITY,
      -- One answer for one callback. The issuer and the subject are part of it: a jti is unique per issuer at best,
      -- and a record found by the key alone would hand one user another's secret.
      PRIMARY KEY (idempotency_key, subject, issuer)
    );
    CREATE INDEX records_by_expiry ON ${schema}.callback_records (expires_at);
    CREATE INDEX records_by_member ON ${schema}.callback_records (member_id);
    CREATE INDEX records_by_seq ON ${schema}.callback_records (seq);

    CREATE TABLE ${schema}.artifacts (
      id                 text COLLATE "C" PRIMARY KEY CHECK (left(id, 4) = 'art_' AND char_length(id) = 30),
      workspace_id       text COLLATE "C" NOT NULL REFERENCES ${schema}.workspaces (id) ON DELETE CASCADE,
      title              text COLLATE "C" NOT NULL CHECK (char_length(title) <= 400),
      status             text COLLATE "C" NOT NULL CHECK (status IN ('Published', 'Deleted', 'Expired')),
      latest_revision_id text COLLATE "C" NOT NULL
        CHECK (left(latest_revision_id, 4) = 'rev_' AND char_length(latest_revision_id) = 30),
      pinned             boolean NOT NULL,
      lockdown           boolean NOT NULL,
      last_published_at  timestamptz(3) NOT NULL,
      auto_delete_at     timestamptz(3),
      entrypoint         text COLLATE "C" NOT NULL,
      file_count         bigint NOT NULL CHECK (file_count >= 0),
      size_bytes         bigint NOT NULL CHECK (size_bytes >= 0)
    );
    CREATE INDEX artifacts_by_workspace ON ${schema}.artifacts (workspace_id, last_published_at, id);

    CREATE TABLE ${schema}.callback_attempts (
      id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      at              timestamptz(3) NOT NULL,
      request_id      text COLLATE "C" NOT NULL CHECK (char_length(request_id) <= 128),
      status          integer NOT NULL,
      outcome         text COLLATE "C" NOT NULL,
      reason          text COLLATE "C",
      issuer          text COLLATE "C",
      -- From a verified token only, as is the key.
      subject         text COLLATE "C",
      session_id      text COLLATE "C",
      idempotency_key text COLLATE "C",
      -- Expected and received of a refusal, for explain; truncated, never a token.
      expected        text COLLATE "C" CHECK (char_length(expected) <= 300),
      received        text COLLATE "C" CHECK (char_length(received) <= 300),
      milliseconds    double precision NOT NULL,
      -- Host and process of the server.
      server          text COLLATE "C" NOT NULL,
      written_by      xid8 NOT NULL DEFAULT pg_current_xact_id()
    );
    CREATE INDEX attempts_by_writer ON ${schema}.callback_attempts (written_by, id);
    CREATE INDEX attempts_by_subject ON ${schema}.callback_attempts (subject, id) WHERE subject IS NOT NULL;
    CREATE INDEX attempts_by_request ON ${schema}.callback_attempts (request_id, id);
    CREATE INDEX attempts_by_reason ON ${schema}.callback_attempts (reason, id) WHERE reason IS NOT NULL;
    CREATE INDEX attempts_by_outcome ON ${schema}.callback_attempts (outcome, id);
    `,
  (schema) => `
    ALTER TABLE ${schema}.callback_attempts
      ADD COLUMN token_id text COLLATE "C",
      -- What an unverified token says; anyone can write it.
      ADD COLUMN claimed_issuer text COLLATE "C" CHECK (char_length(claimed_issuer) <= 300),
      ADD COLUMN claimed_subject text COLLATE "C" CHECK (char_length(claimed_subject) <= 300),
      ADD COLUMN claimed_session_id text COLLATE "C" CHECK (char_length(claimed_session_id) <= 300),
      ADD COLUMN claimed_token_id text COLLATE "C" CHECK (char_length(claimed_token_id) <= 300),
      -- As WorkOS had it at that time: it may have changed since.
      ADD COLUMN email text COLLATE "C" CHECK (char_length(email) <= 320);
    UPDATE ${schema}.callback_attempts SET token_id = substr(idempotency_key, 12)
      WHERE substr(idempotency_key, 1, 11) = 'workos-jti:';
    CREATE INDEX attempts_by_claim ON ${schema}.callback_attempts (claimed_subject, id) WHERE claimed_subject IS NOT NULL;
    CREATE INDEX attempts_by_email ON ${schema}.callback_attempts (lower(email COLLATE "C"), id) WHERE email IS NOT NULL;
    `,
  // For who had an address formerly. Its owner may have made it before, beside running servers (CONCURRENTLY).
  (schema) =>
    `CREATE INDEX IF NOT EXISTS workspaces_by_contact ON ${schema}.workspaces (lower(contact_email COLLATE "C"))`,
];

/**
 * The tables of sign-ins, in the file of the users. Codes and tokens are stored only as SHA-256, so that a thief of the
 * file cannot use them. Times that are compared are milliseconds since 1970; times that are shown are ISO 8601.
 */

/** Migrates the directory of users from version 1 to 2. */
export const SIGN_IN_STEP = `
    ALTER TABLE users ADD COLUMN email_verified INTEGER NOT NULL DEFAULT 1 CHECK (email_verified IN (0, 1));
    ALTER TABLE users ADD COLUMN external_id TEXT CHECK (length(external_id) BETWEEN 1 AND 255);
    ALTER TABLE users ADD COLUMN metadata TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(metadata));
    ALTER TABLE users ADD COLUMN last_sign_in_at TEXT CHECK (length(last_sign_in_at) = 24);
    -- scrypt$<salt>$<hash>, never the password.
    ALTER TABLE users ADD COLUMN password_hash TEXT CHECK (password_hash GLOB 'scrypt$*');
    -- How each sign-in of this user fails on purpose.
    ALTER TABLE users ADD COLUMN sign_in TEXT CHECK (length(sign_in) BETWEEN 1 AND 100);
    CREATE UNIQUE INDEX users_by_external_id ON users (external_id) WHERE external_id IS NOT NULL;
    CREATE INDEX users_by_last_sign_in ON users (last_sign_in_at, seq);

    CREATE TABLE organizations (
      seq           INTEGER PRIMARY KEY,
      id            TEXT NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 255),
      name          TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
      entitlements  TEXT NOT NULL CHECK (json_valid(entitlements)),
      feature_flags TEXT NOT NULL CHECK (json_valid(feature_flags)),
      created_at    TEXT NOT NULL CHECK (length(created_at) = 24),
      updated_at    TEXT NOT NULL CHECK (length(updated_at) = 24)
    ) STRICT;

    CREATE TABLE organization_memberships (
      seq             INTEGER PRIMARY KEY,
      id              TEXT NOT NULL UNIQUE CHECK (id GLOB 'om_*'),
      user_id         TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
      role            TEXT NOT NULL CHECK (length(role) BETWEEN 1 AND 100),
      permissions     TEXT NOT NULL CHECK (json_valid(permissions)),
      status          TEXT NOT NULL CHECK (status IN ('active', 'inactive')),
      created_at      TEXT NOT NULL CHECK (length(created_at) = 24),
      updated_at      TEXT NOT NULL CHECK (length(updated_at) = 24),
      UNIQUE (user_id, organization_id)
    ) STRICT;
    CREATE INDEX memberships_by_organization ON organization_memberships (organization_id, seq);

    CREATE TABLE authorization_codes (
      hash            BLOB PRIMARY KEY CHECK (length(hash) = 32),
      user_id         TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      organization_id TEXT REFERENCES organizations (id) ON DELETE CASCADE,
      client_id       TEXT NOT NULL,
      redirect_uri    TEXT NOT NULL,
      -- Of PKCE, S256 (RFC 7636).
      challenge       TEXT CHECK (length(challenge) = 43),
      method          TEXT NOT NULL,
      failure         TEXT,
      signed_in_at    INTEGER NOT NULL,
      expires_at      INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX codes_by_user ON authorization_codes (user_id);
    CREATE INDEX codes_by_expiry ON authorization_codes (expires_at);

    CREATE TABLE sessions (
      seq             INTEGER PRIMARY KEY,
      id              TEXT NOT NULL UNIQUE CHECK (id GLOB 'session_*' AND length(id) = 34),
      user_id         TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      organization_id TEXT REFERENCES organizations (id) ON DELETE SET NULL,
      client_id       TEXT NOT NULL,
      -- A code makes one session, whatever else happens to it. It outlives the code.
      code_hash       BLOB UNIQUE CHECK (length(code_hash) = 32),
      -- Began without the secret of the client, so that it goes on without it.
      public          INTEGER NOT NULL CHECK (public IN (0, 1)),
      method          TEXT NOT NULL,
      redirect_origin TEXT,
      ip_address      TEXT CHECK (length(ip_address) <= 100),
      user_agent      TEXT CHECK (length(user_agent) <= 1000),
      failure         TEXT,
      signed_in_at    INTEGER NOT NULL,
      expires_at      INTEGER NOT NULL,
      ended_at        INTEGER,
      updated_at      INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX sessions_by_user ON sessions (user_id, seq);
    CREATE INDEX sessions_by_expiry ON sessions (expires_at);

    CREATE TABLE refresh_tokens (
      hash         BLOB PRIMARY KEY CHECK (length(hash) = 32),
      session_id   TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
      -- A token has one successor, and a session one token that began it.
      parent       BLOB UNIQUE REFERENCES refresh_tokens (hash) ON DELETE CASCADE,
      -- The answer of its exchange, sealed under the token itself; gone after the grace.
      answer       BLOB CHECK (length(answer) > 44),
      answer_until INTEGER,
      CHECK ((answer IS NULL) = (answer_until IS NULL))
    ) STRICT, WITHOUT ROWID;
    CREATE UNIQUE INDEX first_token_of_session ON refresh_tokens (session_id) WHERE parent IS NULL;
    CREATE INDEX tokens_by_session ON refresh_tokens (session_id);
    CREATE INDEX tokens_by_answer ON refresh_tokens (answer_until) WHERE answer_until IS NOT NULL;

    CREATE TABLE one_time_codes (
      seq        INTEGER PRIMARY KEY,
      id         TEXT NOT NULL UNIQUE,
      purpose    TEXT NOT NULL CHECK (purpose IN ('magic_auth', 'email_verification')),
      user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      email      TEXT NOT NULL,
      -- Plain, as the API returns it.
      code       TEXT NOT NULL CHECK (length(code) = 6),
      tries      INTEGER NOT NULL DEFAULT 0 CHECK (tries BETWEEN 0 AND 5),
      used_at    INTEGER,
      created_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX one_time_codes_by_user ON one_time_codes (user_id, purpose, seq);
    CREATE INDEX one_time_codes_by_expiry ON one_time_codes (expires_at);

    CREATE TABLE pending_authentications (
      hash         BLOB PRIMARY KEY CHECK (length(hash) = 32),
      user_id      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      step         TEXT NOT NULL CHECK (step IN ('email_verification', 'organization_selection')),
      client_id    TEXT NOT NULL,
      method       TEXT NOT NULL,
      one_time_code_id TEXT REFERENCES one_time_codes (id) ON DELETE CASCADE,
      ip_address   TEXT,
      user_agent   TEXT,
      signed_in_at INTEGER NOT NULL,
      expires_at   INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX pending_by_user ON pending_authentications (user_id);
    CREATE INDEX pending_by_code ON pending_authentications (one_time_code_id);
    CREATE INDEX pending_by_expiry ON pending_authentications (expires_at);

    CREATE TABLE device_authorizations (
      hash            BLOB PRIMARY KEY CHECK (length(hash) = 32),
      user_code       TEXT NOT NULL UNIQUE CHECK (length(user_code) = 9),
      client_id       TEXT NOT NULL,
      state           TEXT NOT NULL CHECK (state IN ('pending', 'approved', 'denied', 'exchanged')),
      user_id         TEXT REFERENCES users (id) ON DELETE CASCADE,
      organization_id TEXT REFERENCES organizations (id) ON DELETE CASCADE,
      method          TEXT,
      failure         TEXT,
      signed_in_at    INTEGER,
      -- Milliseconds between two polls, and when the last one was.
      interval_ms     INTEGER NOT NULL,
      polled_at       INTEGER,
      expires_at      INTEGER NOT NULL,
      CHECK (state NOT IN ('approved', 'exchanged') OR (user_id IS NOT NULL AND signed_in_at IS NOT NULL))
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX devices_by_user ON device_authorizations (user_id);
    CREATE INDEX devices_by_expiry ON device_authorizations (expires_at);
    `;

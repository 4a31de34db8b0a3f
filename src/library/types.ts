/** What the doors of the package promise. Nothing is imported here, so that a user's compiler needs no file but this. */

/** What a token says, and how it is broken. */
export interface TokenRequest {
  /** E-mail address of the user, who is added to the directory if new. */
  readonly email?: string;
  /** WorkOS user id. Without it and `email`: the first user of the directory, made if it is empty. */
  readonly sub?: string;
  /** Made when absent, left out of the token when null. */
  readonly sid?: string | null;
  readonly jti?: string | null;
  /** `iss`; that of the server by default. */
  readonly issuer?: string;
  /** `client_id`; that of the server by default. */
  readonly clientId?: string;
  /** Seconds since 1970; now by default. */
  readonly issuedAt?: number;
  /** Seconds after `issuedAt`; five minutes by default. */
  readonly expiresIn?: number;
  /** Seconds since 1970; no `nbf` by default. */
  readonly notBefore?: number;
  /** More claims; they replace those of the same name. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Signing key, also a retired one; the newest by default. */
  readonly kid?: string;
  /** Names of faults, as `agent-paste mint --list-faults` shows them. */
  readonly faults?: readonly string[];
}

export interface Token {
  /** The access token itself. */
  readonly token: string;
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  /** Under which a callback with this token is recorded; null when it is refused. */
  readonly idempotencyKey: string | null;
  /** What a server with default settings answers. */
  readonly expected: { readonly status: 200 | 401 | 503; readonly reason: string | null };
}

/** A user of the local WorkOS. */
export interface User {
  readonly id: string;
  readonly email: string;
  readonly first_name: string | null;
  readonly last_name: string | null;
  /** ISO 8601, as all times of rows. */
  readonly created_at: string;
  readonly updated_at: string;
}

export interface Workspace {
  readonly id: string;
  readonly name: string;
  readonly contact_email: string;
  readonly created_at: string;
  readonly member_id: string;
}

export interface Member {
  readonly id: string;
  readonly workspace_id: string;
  readonly workos_user_id: string;
  readonly email: string;
  readonly scopes: readonly string[];
  readonly created_at: string;
  readonly last_seen_at: string;
}

export interface ApiKey {
  readonly id: string;
  readonly workspace_id: string;
  readonly name: string;
  readonly public_id: string;
  readonly scopes: readonly string[];
  readonly revoked_at: string | null;
  readonly created_at: string;
  readonly last_used_at: string | null;
}

export interface OperationEvent {
  readonly id: string;
  readonly workspace_id: string;
  readonly actor_type: string;
  readonly actor_id: string;
  readonly action: string;
  readonly target_type: string;
  readonly target_id: string;
  readonly details: Readonly<Record<string, string>>;
  readonly request_id: string;
  readonly created_at: string;
}

/** What happened to one callback. */
export interface CallbackAttempt {
  readonly id: number;
  readonly at: string;
  readonly request_id: string;
  readonly status: number;
  /** `provisioned`, `seen`, `replayed`, `refused`, `in_flight` or `unavailable`. */
  readonly outcome: string;
  readonly reason: string | null;
  /** From a verified token only, as are the next three. */
  readonly issuer: string | null;
  readonly subject: string | null;
  readonly session_id: string | null;
  readonly idempotency_key: string | null;
  readonly expected: string | null;
  readonly received: string | null;
  readonly milliseconds: number;
}

/** A stored answer, without the answer. */
export interface CallbackRecord {
  readonly idempotency_key: string;
  readonly subject: string;
  readonly issuer: string;
  readonly member_id: string;
  readonly outcome: 'provisioned' | 'seen';
  readonly status: number;
  readonly key_public_id: string | null;
  /** Of the answer's bytes, in hex. */
  readonly body_sha256: string;
  readonly created_at: string;
  readonly expires_at: string;
}

/** What can be inspected, and what its rows are. */
export interface Inspected {
  readonly workspaces: Workspace;
  readonly members: Member;
  readonly keys: ApiKey;
  readonly events: OperationEvent;
  readonly callbacks: CallbackAttempt;
  readonly records: CallbackRecord;
  readonly users: User;
}

export interface ServerOptions {
  /** Where keys, users and databases are kept; a temporary directory by default, which `stop` removes. */
  readonly stateDirectory?: string;
  /** Settings by the name of their `agent-paste serve` flag, such as `{ 'idempotency-ttl': '1h' }`. */
  readonly settings?: Readonly<Record<string, string | readonly string[]>>;
  /** The clock, in milliseconds since 1970. */
  readonly now?: () => number;
  /** Told of what the server would print as a warning, and of its own bugs; they are thrown away by default. */
  readonly onWarning?: (message: string) => void;
}

export interface TestServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly callbackUrl: string;
  readonly jwksUrl: string;
  readonly stateDirectory: string;
  /** For a process or an API under test: `AGENT_PASTE_API_URL`, `WORKOS_API_BASE_URL` and the like. */
  readonly env: Readonly<Record<string, string>>;
  /** A token that this server accepts, unless it is asked to be faulty. @throws Error for a fault or kid that does not exist */
  mint(request?: TokenRequest): Token;
  /** Up to 100 rows, newest first. */
  inspect<K extends keyof Inspected>(what: K): readonly Inspected[K][];
  /** Takes a user out of the directory. @returns whether there was one */
  removeUser(id: string): boolean;
  /** Lets running requests end and closes everything. */
  stop(): Promise<void>;
}

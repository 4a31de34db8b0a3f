/** The public types of the package. A user's compiler needs this file and the names of the settings alone. */
import type { ServerSetting } from './setting-names.ts';

/** The claims and faults of a token. */
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
  /** The claims and the issuer of a kind of token that WorkOS issues, as `agent-paste mint --profile`; not beside `issuer`. */
  readonly profile?: 'workos-legacy' | 'workos-environment' | 'authkit-domain' | 'connect';
  /** Seconds since 1970; now by default. */
  readonly issuedAt?: number;
  /** Seconds after `issuedAt`, or a duration such as `5m`; five minutes by default. */
  readonly expiresIn?: number | string;
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
  /** The key of the record of a callback with this token; null if the token is refused. */
  readonly idempotencyKey: string | null;
  /** The answer of a server with default settings. */
  readonly expected: { readonly status: 200 | 401 | 503; readonly reason: string | null };
}

export interface NewUser {
  readonly email: string;
  /** Made when absent. */
  readonly id?: string;
}

/** A user of the local WorkOS. */
export interface User {
  readonly id: string;
  readonly email: string;
  readonly first_name: string | null;
  readonly last_name: string | null;
  /** ISO 8601, like all times of rows. */
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

/** The outcome of one callback. */
export interface CallbackAttempt {
  readonly id: number;
  readonly at: string;
  readonly request_id: string;
  readonly status: number;
  /** `provisioned`, `seen`, `replayed`, `refused`, `in_flight` or `unavailable`. */
  readonly outcome: string;
  readonly reason: string | null;
  /** This and the next two come from a token with a valid signature, accepted or refused. */
  readonly issuer: string | null;
  readonly subject: string | null;
  readonly session_id: string | null;
  /** From an accepted token. */
  readonly idempotency_key: string | null;
  readonly expected: string | null;
  readonly received: string | null;
  readonly milliseconds: number;
  /** From a token with a valid signature. */
  readonly token_id: string | null;
  /** This and the next three are what a token says whose signature was not verified: anyone can write them. */
  readonly claimed_issuer: string | null;
  readonly claimed_subject: string | null;
  readonly claimed_session_id: string | null;
  readonly claimed_token_id: string | null;
  /** The address that WorkOS had for the user at that time. */
  readonly email: string | null;
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
  /** Hash of the answer's bytes, in hex. */
  readonly body_sha256: string;
  readonly created_at: string;
  readonly expires_at: string;
}

/** A session of the sign-in that the server plays. */
export interface Session {
  readonly id: string;
  readonly user_id: string;
  readonly organization_id: string | null;
  readonly method: string;
  /** How the sign-in failed on purpose. */
  readonly failure: string | null;
  readonly ip_address: string | null;
  readonly user_agent: string | null;
  readonly signed_in_at: string;
  readonly updated_at: string;
  readonly expires_at: string;
  readonly ended_at: string | null;
}

/** The lists that can be inspected, with the types of their rows. */
export interface Inspected {
  readonly workspaces: Workspace;
  readonly members: Member;
  readonly keys: ApiKey;
  readonly events: OperationEvent;
  readonly callbacks: CallbackAttempt;
  readonly records: CallbackRecord;
  readonly users: User;
  readonly sessions: Session;
}

export interface InspectOptions<Row> {
  /** The values that a row must have. */
  readonly where?: Readonly<Partial<Row>>;
  /** 100 by default, at most 10,000. */
  readonly limit?: number;
}

/** A request that the server has answered, made of named fields: no header, query or token. */
export interface LoggedRequest {
  /** ISO 8601. */
  readonly time: string;
  readonly request_id: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly outcome?: string;
  readonly reason?: string;
  readonly user?: string;
  /** What a token says whose signature was not verified. */
  readonly claimed_user?: string;
  readonly key?: string;
  readonly warning?: string;
  readonly ms: number;
}

/** A moment of a callback: the token was judged; before and after the database answers; before the answer is sent. */
export type HoldPoint = 'after-verify' | 'before-commit' | 'after-commit' | 'before-send';

export interface HeldCallbacks extends Disposable {
  /** Resolves when so many callbacks have reached the point, one by default. @throws Error if they are released before */
  reached(callbacks?: number): Promise<void>;
  /** Lets them go on, and holds no more. */
  release(): void;
}

export interface ServerOptions {
  /** Where keys, users and databases are kept; a temporary directory by default, which `stop` removes. */
  readonly stateDirectory?: string;
  /** Settings by the name of their `agent-paste serve` flag, such as `{ 'idempotency-ttl': '1h' }`. */
  readonly settings?: Readonly<Partial<Record<ServerSetting, string | readonly string[]>>>;
  /** The clock, in milliseconds since 1970. */
  readonly now?: () => number;
  /** Called with the warnings of the server and with its own bugs; by default they are dropped. */
  readonly onWarning?: (message: string) => void;
}

export interface TestServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly callbackUrl: string;
  readonly jwksUrl: string;
  readonly stateDirectory: string;
  /**
   * For a process under test: `AGENT_PASTE_API_URL` and `WORKOS_API_BASE_URL` of an API, `WORKOS_API_HOSTNAME` and the
   * like of a dashboard with an SDK of WorkOS.
   */
  readonly env: Readonly<Record<string, string>>;
  /** Makes a token that this server accepts, unless faults are given. @throws Error for an unknown fault or kid */
  mint(request?: TokenRequest): Token;
  /** The requests so far, the last 10,000 of them, oldest first. */
  readonly log: readonly LoggedRequest[];
  /** Newest first. @throws Error for a field that the rows do not have */
  inspect<K extends keyof Inspected>(what: K, options?: InspectOptions<Inspected[K]>): Promise<readonly Inspected[K][]>;
  /** @throws Error if the id is taken */
  addUser(user: NewUser): User;
  /** The next sign-in of the user brings the address to the member. @throws Error for an unknown user */
  changeEmail(id: string, email: string): void;
  /** Makes a signing key, which signs from now on; the others stay published. @returns its kid */
  rotateKeys(): Promise<string>;
  /** Publishes the key no longer. @throws Error for an unknown kid, and for the last published key */
  retireKey(kid: string): Promise<void>;
  /** Moves the clock of the server, of its WorkOS and of `mint` forwards: seconds, or a duration such as `10m`. */
  advance(time: number | string): void;
  /** From now on callbacks stop at this point, until they are released: races are staged by events. @throws Error if it is held already */
  hold(point: HoldPoint): HeldCallbacks;
  /** Lets all held callbacks go on, or those of one point, and holds no more of them. */
  release(point?: HoldPoint): void;
  /**
   * Makes the server what it was at its start: no users, members, records, callbacks and log but those of the seed, the keys
   * and the clock of that time. Held callbacks are released, and requests that are under way end before.
   */
  reset(): Promise<void>;
  /** Sends callbacks, to this server by default, and judges the answers as `agent-paste replay` does. @throws Error if it cannot be reached */
  replay(options?: ReplayOptions): Promise<ReplayReport>;
  /**
   * Judges this server, or an API at `url` that trusts its tokens, as `agent-paste check` does; it takes seconds. Its users are
   * removed from the directory. @throws Error if the API cannot be reached, or does not trust the tokens
   */
  check(options?: CheckOptions): Promise<CheckReport>;
  /** Removes a user from the directory. @returns whether the user existed */
  removeUser(id: string): boolean;
  /** Lets running requests end and closes everything. */
  stop(): Promise<void>;
}

/** What of WorkOS fails: its key set, or everything about users. */
export type WorkosPart = 'keys' | 'users';

/** A status from 400 to 599, no answer at all, or a connection that breaks. */
export type WorkosFailure = number | 'no-answer' | 'network-error';

export interface WorkosFailureOptions {
  /** One part; both by default. */
  readonly of?: WorkosPart;
  /** So many requests of each part fail, and the next ones do not; all of them by default. */
  readonly times?: number;
  /** `Retry-After` of a status: seconds, or a duration such as `2s`. */
  readonly retryAfter?: number | string;
}

/** A response of `fetch` or of Playwright, or what a test has written down of one. */
export interface AnswerLike {
  readonly status: number | (() => number);
  readonly text: string | (() => Promise<string>);
  readonly bodyUsed?: boolean;
  clone?(): AnswerLike;
}

/** An address, the id of a user at WorkOS, or both. */
export type ProvisionedUser = string | { readonly email?: string; readonly sub?: string };

export interface MatcherResult {
  readonly pass: boolean;
  readonly message: () => string;
}

export interface AgentPasteMatchers {
  /** Of an answer: it is accepted, with the status and the bytes of the first answer. */
  toBeReplayOf(first: AnswerLike): Promise<void>;
  /** Of an answer: its `error.reason` is this one. */
  toBeRefusedFor(reason: string): Promise<void>;
  /** Of a server: this user is one member with one key. */
  toHaveProvisioned(who: ProvisionedUser): Promise<void>;
}

interface JudgeOptions {
  /** Base URL of the API; that of the server by default. */
  readonly url?: string;
  /** Tokens may be sent to another machine. */
  readonly allowRemote?: boolean;
  /** Ends it: the promise is then rejected with its reason. */
  readonly signal?: AbortSignal;
}

export type CallbackOutcome = 'provisioned' | 'seen' | 'replayed' | 'refused' | 'in_flight' | 'unavailable';

/** As the flags of `agent-paste replay`. Times are seconds, or durations such as `250ms`. */
export interface ReplayOptions extends JudgeOptions {
  /** Sent instead of a minted one. */
  readonly token?: string;
  readonly email?: string;
  readonly sub?: string;
  /** Made when absent, left out of the token when null. */
  readonly sid?: string | null;
  readonly jti?: string | null;
  /** How many sends; 1 by default. */
  readonly times?: number;
  /** How many are under way at once; 1 by default. */
  readonly concurrency?: number;
  /** A new token for each send, with the same ids. */
  readonly fresh?: boolean;
  readonly interval?: number | string;
  /** For one answer; 10 seconds by default. */
  readonly timeout?: number | string;
  /** Sends 409, 429 and 503 again. */
  readonly retry?: boolean;
  /** One for each send, the last one for all further sends; without it, every callback must succeed. */
  readonly expect?: string | readonly (CallbackOutcome | number)[];
}

/** As `agent-paste replay --json` prints it; `reproduce` is the call. */
export interface ReplayReport {
  readonly ok: boolean;
  readonly sends: readonly {
    readonly n: number;
    readonly key: string | null;
    readonly status: number;
    readonly outcome: CallbackOutcome | 'unreadable';
    readonly sha256: string;
    readonly ms: number;
    readonly code: string | null;
    readonly reason: string | null;
    readonly request_id: string | null;
    readonly attempts: number;
  }[];
  readonly violations: readonly {
    readonly invariant: string;
    readonly expected: string;
    readonly observed: string;
    readonly reproduce: string;
    readonly send: number;
  }[];
}

/** As the flags of `agent-paste check`. */
export interface CheckOptions extends JudgeOptions {
  /** Names of invariants, as `agent-paste check --list` shows them. */
  readonly only?: readonly string[];
  readonly skip?: readonly string[];
  /** What is only recommended decides too. */
  readonly strict?: boolean;
  /** Leaves users and signing keys of the check. */
  readonly keep?: boolean;
  /** How long the API may take to notice a changed key: seconds, or a duration; 40 seconds by default, 1 for the server itself. */
  readonly patience?: number | string;
  readonly repeat?: number;
  /** Users and ids follow from it. */
  readonly seed?: number;
}

/** As `agent-paste check --json` prints it; `reproduce` is the call. */
export interface CheckReport {
  readonly ok: boolean;
  readonly url: string;
  readonly started_by_check: boolean;
  readonly strict: boolean;
  readonly seed: number;
  readonly repeat: number;
  readonly passed: number;
  readonly failed: number;
  readonly part: number;
  readonly skipped: number;
  readonly invariants: readonly {
    readonly id: string;
    readonly status: 'passed' | 'failed' | 'part' | 'skipped';
    readonly expected: string;
    readonly observed: string | null;
    readonly problems: readonly string[];
    readonly advice: readonly string[];
    readonly reason: string | null;
    readonly rounds: number;
    readonly milliseconds: number;
    readonly reproduce: string | null;
  }[];
}

declare global {
  namespace jest {
    // biome-ignore lint/complexity/noBannedTypes: all declarations of an interface have the same parameters
    interface Matchers<R, T = {}> extends AgentPasteMatchers {}
  }
}

/**
 * What the inspector's own origin answers, as JSON. The page imports these types and nothing else of the server, so this
 * file imports nothing. Fields of rows are those of `inspect --json`. Times are ISO 8601 in UTC, unless a name ends in
 * `_us` (microseconds) or `milliseconds`. Every text is safe to show: what hides or reverses text is `\uXXXX` already.
 */

/** @public */
export type Outcome = 'provisioned' | 'seen' | 'replayed' | 'refused' | 'in_flight' | 'unavailable';

/** In every answer. */
interface Versioned {
  readonly schema_version: 1;
}

/** Of 4xx and 5xx, the envelope of the API. @public */
export interface ErrorAnswer {
  readonly error: { readonly code: string; readonly message: string; readonly request_id: string };
  /** Of 404 and of an ambiguous id (400): names that may be meant, each a whole id. */
  readonly candidates?: readonly string[];
}

/** `GET /api/state` @public */
export interface StateAnswer extends Versioned {
  readonly version: string;
  /** `on` can send once it is switched on; `read` never can. */
  readonly mode: 'on' | 'read';
  /** Null beside a database without a server (`inspect --web`), as are the next five. */
  readonly api_url: string | null;
  readonly callback_url: string | null;
  readonly issuer: string | null;
  readonly client_id: string | null;
  /** Who plays WorkOS: this server, or the one at the address. */
  readonly workos: 'local' | string | null;
  /** As `GET /local/verifier` of the API has them. */
  readonly settings: Readonly<Record<string, unknown>> | null;
  readonly database: string;
  /** Whether callbacks get details (checks, claims, spans, answer). */
  readonly details_kept: boolean;
  readonly can_send: boolean;
  /** Why sending is impossible, in one sentence; null if it is possible. */
  readonly cannot_send_because: string | null;
  readonly limits: {
    readonly list: number;
    readonly details: number;
    readonly stream_per_second: number;
    readonly send_at_once: number;
    readonly send_in_all: number;
  };
  /** The clock of the server, by which tokens are judged. */
  readonly now: string;
  readonly started_at: string;
  /** Sentences about the database, such as that it is newer than this program. */
  readonly warnings: readonly string[];
}

/** A row of the log of attempts, as `inspect callbacks --json` has it. @public */
export interface CallbackRow {
  readonly id: number;
  readonly at: string;
  readonly request_id: string;
  readonly status: number;
  readonly outcome: Outcome;
  readonly reason: string | null;
  readonly issuer: string | null;
  readonly subject: string | null;
  readonly session_id: string | null;
  readonly idempotency_key: string | null;
  readonly expected: string | null;
  readonly received: string | null;
  readonly milliseconds: number;
  readonly token_id: string | null;
  /** This and the next three are what an unverified token says. */
  readonly claimed_issuer: string | null;
  readonly claimed_subject: string | null;
  readonly claimed_session_id: string | null;
  readonly claimed_token_id: string | null;
  readonly email: string | null;
  /** 1, or the number of refused callbacks of a flood that share the row. */
  readonly callbacks: number;
}

interface PageInfo {
  readonly next_cursor: string | null;
  readonly has_more: boolean;
}

/**
 * `GET /api/callbacks?limit=&cursor=&outcome=&reason=&subject=&email=&since=&until=`. `outcome`, `reason` may be lists
 * with commas. `since`, `until`: ISO 8601 or a duration such as `1h`.
 * @public
 */
export interface CallbacksAnswer extends Versioned {
  /** Newest first. */
  readonly items: readonly CallbackRow[];
  readonly page_info: PageInfo;
}

export interface CheckResult {
  readonly name: string;
  /** `remembered`: it passed when the same token was accepted before. */
  readonly result: 'passed' | 'failed' | 'not reached' | 'remembered' | 'skipped';
  readonly expected?: string;
  readonly received?: string;
}

/** `read`, `verify`, `keys.fetch`, `user`, `hold.<point>`, `wait`, `record.read`, `queue`, `lock`, `transaction`, `send`. */
export interface Span {
  readonly name: string;
  /** Microseconds after the start of the callback. */
  readonly start_us: number;
  readonly duration_us: number;
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

export interface CallbackDetail {
  /** Number of the process that answered. */
  readonly process: number;
  /** Microseconds since 1970 when the request began, by the clock of the machine. */
  readonly started_us: number;
  /** The trace id of `traceparent`. */
  readonly trace_id: string | null;
  /** `inspector`: this page sent it. */
  readonly via: 'inspector' | null;
  readonly verification: 'full' | 'remembered' | null;
  readonly checks: readonly CheckResult[];
  /** Cut where they are large, masked where a value looks like a secret; null if the credential has no readable parts. */
  readonly header: { readonly [name: string]: Json } | null;
  readonly claims: { readonly [name: string]: Json } | null;
  /** Whether the signature is valid: otherwise anyone may have written the claims. */
  readonly signed: boolean;
  /** Of a credential that is not three readable parts: its length and shape, such as "43 characters, 1 part". */
  readonly credential: string | null;
  readonly spans: readonly Span[];
  /** Request id of the callback of the same key in this process that this one waited for. */
  readonly leader: string | null;
  readonly answer: {
    readonly bytes: number;
    /** Hash of the bytes as they were sent, in hex. */
    readonly sha256: string;
    readonly headers: Readonly<Record<string, string>>;
    /** At most 2 KB, with the secret cut out; null if it is longer, or not text. */
    readonly text: string | null;
  } | null;
  /** Advice about this very token; empty if it was accepted. */
  readonly advice: readonly string[];
}

/** @public */
export interface CallbackWithDetail extends CallbackRow {
  readonly detail: CallbackDetail | null;
}

/** @public */
export interface MemberRow {
  readonly id: string;
  readonly workspace_id: string;
  readonly workos_user_id: string;
  readonly email: string;
  readonly scopes: readonly string[];
  readonly created_at: string;
  readonly last_seen_at: string;
}

/** @public */
export interface RecordRow {
  readonly idempotency_key: string;
  readonly subject: string | null;
  readonly issuer: string | null;
  readonly member_id: string | null;
  readonly outcome: 'provisioned' | 'seen' | 'in_flight' | null;
  readonly status: number | null;
  readonly body_sha256: string | null;
  /** Public id of the API key whose secret is in the answer. */
  readonly key_public_id: string | null;
  readonly created_at: string;
  readonly expires_at: string | null;
  readonly expired: boolean;
}

/** What it compares: answers of one key. Says less where details are missing. @public */
export interface BytesVerdict {
  /** Callbacks of the key that were looked at. */
  readonly callbacks: number;
  /** Those with the same status 200 whose bytes are known. */
  readonly compared: number;
  /** Different sequences of bytes among them: 1 is as promised. */
  readonly answers: number;
  readonly equal: boolean | null;
  /** Such as "6 callbacks, 1 answer: one provisioned, four waited for it, one came later: all six got the same 713 bytes". */
  readonly sentence: string;
}

/** `GET /api/callbacks/{request_id}`; short ids work. @public */
export interface CallbackAnswer extends Versioned {
  /** Every attempt with this request id, oldest first; at least one. */
  readonly callbacks: readonly CallbackWithDetail[];
  /** Of the last attempt. One sentence: what happened. */
  readonly explanation: {
    readonly sentence: string;
    /** The remedy of the reason, with the setting or command to copy; null if nothing is wrong. */
    readonly advice: readonly string[];
  };
  readonly record: RecordRow | null;
  readonly workspace_member: MemberRow | null;
  readonly neighbours: {
    /** Of the same (issuer, subject, key): at most 1,000 looked at, oldest first, the last attempt included. */
    readonly of_key: readonly CallbackRow[];
    readonly previous: string | null;
    readonly next: string | null;
  };
  readonly verdict: BytesVerdict | null;
  /** Each runs as pasted; null where a value cannot be quoted. */
  readonly commands: { readonly explain: string | null; readonly inspect: string | null; readonly curl: string | null };
}

/** A line of `GET /api/callbacks/stream?after={id}` (NDJSON). `after` left out: from now on. @public */
export type StreamLine =
  | { readonly type: 'callback'; readonly callback: CallbackRow }
  /** A callback that this process has begun to answer. */
  | { readonly type: 'began'; readonly request_id: string; readonly at: string }
  /** So many rows were left out: more than 200 came within a second. The next `callback` follows them. */
  | { readonly type: 'gap'; readonly skipped: number }
  /** Every 15 seconds. */
  | { readonly type: 'ping'; readonly now: string };

/** `GET /api/records?limit=&cursor=` @public */
export interface RecordsAnswer extends Versioned {
  readonly items: readonly RecordRow[];
  readonly page_info: PageInfo;
}

/** `GET /api/records/one?key=&subject=&issuer=`; `subject` and `issuer` may be left out if one record has the key. @public */
export interface RecordAnswer extends Versioned {
  readonly key: string;
  readonly subject: string | null;
  readonly issuer: string | null;
  /** Null if it expired and was dropped. */
  readonly record: RecordRow | null;
  readonly workspace_member: MemberRow | null;
  /** Of the same key, of other users or issuers. */
  readonly shared_with: readonly RecordRow[];
  /** Oldest first, at most 1,000. */
  readonly callbacks: readonly CallbackWithDetail[];
  readonly verdict: BytesVerdict;
}

/** `GET /api/members?limit=&cursor=&q=` @public */
export interface MembersAnswer extends Versioned {
  readonly items: readonly MemberRow[];
  readonly page_info: PageInfo;
}

/** @public */
export interface KeyRow {
  readonly id: string;
  readonly workspace_id: string;
  readonly name: string;
  readonly public_id: string;
  readonly scopes: readonly string[];
  readonly revoked_at: string | null;
  readonly created_at: string;
  readonly last_used_at: string | null;
  readonly revoked: boolean;
}

/** `GET /api/members/{id}`: any name of the member; the document of `inspect member --json`, with what the story needs. @public */
export interface MemberAnswer extends Versioned {
  readonly workspace: { readonly id: string; readonly name: string; readonly contact_email: string | null };
  readonly workspace_member: {
    readonly id: string;
    readonly email: string;
    readonly workos_user_id: string;
    readonly created_at: string;
    readonly last_seen_at: string;
  };
  readonly scopes: readonly string[];
  readonly addresses: readonly {
    readonly email: string;
    readonly since: string;
    readonly exact: boolean;
    readonly request_id: string | null;
  }[];
  readonly workos_user: {
    readonly id: string;
    readonly email: string;
    readonly first_name: string | null;
    readonly last_name: string | null;
  } | null;
  readonly api_keys: readonly KeyRow[];
  readonly provisioned: { readonly at: string; readonly request_id: string | null } | null;
  readonly sessions: readonly {
    readonly session_id: string;
    readonly first_seen_at: string;
    readonly last_seen_at: string;
    readonly callbacks: number;
  }[];
  /** Oldest first, at most 200. */
  readonly callbacks: readonly CallbackRow[];
  readonly claimed_callbacks: readonly CallbackRow[];
  readonly records: readonly RecordRow[];
  readonly page_info: { readonly has_more: boolean };
  readonly signing_keys: readonly SigningKey[];
}

/** @public */
export interface SigningKey {
  readonly kid: string;
  readonly created_at: string;
  /** Null while it is published. */
  readonly retired_at: string | null;
  readonly newest: boolean;
}

/** `GET /api/signing-keys` @public */
export interface SigningKeysAnswer extends Versioned {
  /** Empty where another server plays WorkOS. Oldest first. */
  readonly keys: readonly (SigningKey & {
    /** Tokens that named it, among the callbacks with details. */
    readonly tokens: number;
  })[];
  /** Refused tokens that named a `kid` of no key. */
  readonly unknown: readonly { readonly kid: string; readonly tokens: number; readonly last_at: string }[];
  /** Callbacks that were looked at. */
  readonly callbacks: number;
}

/** `GET /api/counters?since=&bins=`: `since` as for callbacks (default all), `bins` 1 to 240 (default 60). @public */
export interface CountersAnswer extends Versioned {
  readonly since: string | null;
  readonly until: string;
  /** Oldest first, of equal length; empty without callbacks. */
  readonly bins: readonly { readonly from: string; readonly counts: Readonly<Partial<Record<Outcome, number>>> }[];
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
  /** Most first. */
  readonly reasons: readonly {
    readonly reason: string;
    readonly callbacks: number;
    readonly last_at: string;
    readonly request_id: string;
    readonly remedy: string | null;
  }[];
  readonly callbacks: number;
  readonly milliseconds: { readonly p50: number | null; readonly p95: number | null };
  /** False while older rows are still being counted: ask again. */
  readonly complete: boolean;
}

/** `GET /api/search?q=`: ids, the beginnings of ids, addresses. @public */
export interface SearchAnswer extends Versioned {
  readonly q: string;
  readonly matches: readonly {
    readonly kind: 'callback' | 'member' | 'record' | 'signing_key';
    /** What the path of the page has: a request id, a member id, an idempotency key, a `kid`. */
    readonly id: string;
    /** What to show beside it, such as an address. */
    readonly label: string;
  }[];
}

/** The body of `POST /api/predict` and `POST /api/send`: a token, and how often it is sent. @public */
export interface SendRequest {
  /** Request id of the callback whose claims it begins with; left out: a new sign-in. */
  readonly of?: string;
  /** The user of a new sign-in; by default that of `of`. */
  readonly email?: string;
  readonly jti?: 'same' | 'new' | 'none';
  readonly sid?: 'same' | 'new' | 'none';
  /** Claims to set; null removes one. `exp` and `iat` are fresh unless they are set. */
  readonly claims?: { readonly [name: string]: Json };
  /** Names of `mint --list-faults`. */
  readonly faults?: readonly string[];
  /** 1 to 1,000; by default 1. */
  readonly times?: number;
  /** 1 to 64; by default 1. */
  readonly at_once?: number;
  /** One token for all sends, or a token for each; by default one. */
  readonly tokens?: 'one' | 'each';
}

/** `POST /api/predict` @public */
export interface PredictAnswer extends Versioned {
  /** Such as "refused: expired", "replayed, 8 of 8; nothing will change", "1 provisioned, 7 replayed". */
  readonly sentence: string;
  /** How many of the sends get each outcome. */
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
  readonly reason: string | null;
  readonly idempotency_key: string | null;
  readonly header: { readonly [name: string]: Json } | null;
  readonly claims: { readonly [name: string]: Json } | null;
  readonly checks: readonly CheckResult[];
  readonly advice: readonly string[];
  /** Each runs as pasted. */
  readonly commands: { readonly agent_paste: string | null; readonly curl: string | null };
}

/** `POST /api/sending` with `{ "on": true }` or `{ "on": false, "ticket": … }` @public */
export interface SendingAnswer extends Versioned {
  readonly on: boolean;
  /** Goes with every send as `X-Sending-Ticket`; null when off. It lives in the memory of the tab alone. */
  readonly ticket: string | null;
}

/** A line of the answer to `POST /api/send` (NDJSON). @public */
export type SendLine =
  | {
      readonly type: 'sent';
      readonly n: number;
      readonly request_id: string;
      readonly status: number;
      readonly outcome: Outcome;
      readonly reason: string | null;
      readonly sha256: string;
      readonly bytes: number;
      readonly milliseconds: number;
    }
  | { readonly type: 'failed'; readonly n: number; readonly message: string }
  | {
      readonly type: 'done';
      readonly sentence: string;
      readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
      readonly predicted: string;
      readonly prediction_held: boolean;
      /** Such as "1 member, 1 API key and 3 events more". */
      readonly changed: string;
    };

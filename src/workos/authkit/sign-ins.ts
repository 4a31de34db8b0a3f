/**
 * The rows of a sign-in through the page of the local WorkOS: codes, sessions, refresh tokens. Other files decide, inside
 * one transaction: see `SignIns.write`. A row contains only the SHA-256 of a code or token.
 */
import type { DirectoryUser, HiddenUserFields } from '../users.ts';

export interface CodeRow {
  readonly hash: Uint8Array;
  readonly user_id: string;
  readonly organization_id: string | null;
  readonly client_id: string;
  readonly redirect_uri: string;
  /** The code challenge of PKCE, S256. */
  readonly challenge: string | null;
  /** `Password`, `GoogleOAuth` …: the `authentication_method` of the answer. */
  readonly method: string;
  /** A deliberate failure. */
  readonly failure: string | null;
  /** Milliseconds since 1970, like all times here. */
  readonly signed_in_at: number;
  readonly expires_at: number;
}

export interface SessionRow {
  readonly id: string;
  readonly user_id: string;
  readonly organization_id: string | null;
  readonly client_id: string;
  /** Hash of the code that it began with, if any. */
  readonly code_hash: Uint8Array | null;
  /** It began without the client secret. */
  readonly public: boolean;
  readonly method: string;
  readonly redirect_origin: string | null;
  readonly ip_address: string | null;
  readonly user_agent: string | null;
  readonly failure: string | null;
  readonly signed_in_at: number;
  readonly expires_at: number;
  readonly ended_at: number | null;
  readonly updated_at: number;
}

export interface RefreshTokenRow {
  readonly hash: Uint8Array;
  readonly session_id: string;
  /** The token that it replaced. */
  readonly parent: Uint8Array | null;
  /** The sealed answer of its exchange, until `answer_until`. */
  readonly answer: Uint8Array | null;
  readonly answer_until: number | null;
}

/** A code that is mailed. Plain, as the API of WorkOS returns it. */
export interface OneTimeCodeRow {
  readonly id: string;
  readonly purpose: 'magic_auth' | 'email_verification';
  readonly user_id: string;
  readonly email: string;
  /** Six digits. */
  readonly code: string;
  /** How often a wrong one was given in its place. */
  readonly tries: number;
  readonly used_at: number | null;
  readonly created_at: number;
  readonly expires_at: number;
}

/** A sign-in that lacks one more step. */
export interface PendingRow {
  readonly hash: Uint8Array;
  readonly user_id: string;
  readonly step: 'email_verification' | 'organization_selection';
  readonly client_id: string;
  readonly method: string;
  readonly one_time_code_id: string | null;
  readonly ip_address: string | null;
  readonly user_agent: string | null;
  readonly signed_in_at: number;
  readonly expires_at: number;
}

/** A device that waits for a person to sign it in (RFC 8628). */
export interface DeviceRow {
  readonly hash: Uint8Array;
  /** Such as `BCDF-GHJK`. */
  readonly user_code: string;
  readonly client_id: string;
  readonly state: 'pending' | 'approved' | 'denied' | 'exchanged';
  readonly user_id: string | null;
  readonly organization_id: string | null;
  readonly method: string | null;
  readonly failure: string | null;
  readonly signed_in_at: number | null;
  /** Between two polls, in milliseconds. */
  readonly interval_ms: number;
  readonly polled_at: number | null;
  readonly expires_at: number;
}

export interface OrganizationRow {
  readonly id: string;
  readonly name: string;
  readonly entitlements: readonly string[];
  readonly feature_flags: readonly string[];
  /** ISO 8601. */
  readonly created_at: string;
  readonly updated_at: string;
}

export interface MembershipRow {
  readonly id: string;
  readonly user_id: string;
  readonly organization_id: string;
  readonly role: string;
  readonly permissions: readonly string[];
  readonly status: 'active' | 'inactive';
  /** ISO 8601. */
  readonly created_at: string;
  readonly updated_at: string;
}

/** A membership with its organization. */
export interface Membership extends MembershipRow {
  readonly organization: OrganizationRow;
}

export interface WorkosListQuery {
  readonly limit: number;
  /** The page begins after, or ends before, the row with this id. */
  readonly after?: string | undefined;
  readonly before?: string | undefined;
  readonly order?: 'asc' | 'desc' | undefined;
}

/** One page, in the requested order. */
export interface Listed<T> {
  readonly items: readonly T[];
  readonly before: string | null;
  readonly after: string | null;
}

export interface UserRows {
  find(id: string): DirectoryUser | undefined;
  /** All users with that address in upper or lower case, the oldest first. */
  sharing(email: string): readonly DirectoryUser[];
  /** Users whose address or name contains the text, the latest sign-in first. */
  recent(limit: number, containing?: string): readonly DirectoryUser[];
  /** @returns the users with the address: existing ones, or the one that was added */
  findOrAdd(user: DirectoryUser): readonly [DirectoryUser, ...DirectoryUser[]];
  ofExternalId(externalId: string): DirectoryUser | undefined;
  /** Nothing of a user who is not there. */
  hiddenOf(id: string): HiddenUserFields;
  /** @param hidden what is absent stays as it is */
  update(user: DirectoryUser, hidden?: HiddenUserFields): void;
  /** With codes, sessions and memberships. @returns whether there was such a user */
  remove(id: string): boolean;
  signedIn(id: string, at: string): void;
}

export interface CodeRows {
  find(hash: Uint8Array): CodeRow | undefined;
  insert(row: CodeRow): void;
  /** It goes well from now on. */
  dropFailure(hash: Uint8Array): void;
}

export interface OneTimeCodeRows {
  find(id: string): OneTimeCodeRow | undefined;
  /** The one that was mailed last. */
  newestOf(userId: string, purpose: OneTimeCodeRow['purpose']): OneTimeCodeRow | undefined;
  insert(row: OneTimeCodeRow): void;
  tried(id: string): void;
  used(id: string, at: number): void;
}

export interface PendingRows {
  find(hash: Uint8Array): PendingRow | undefined;
  insert(row: PendingRow): void;
  remove(hash: Uint8Array): void;
}

export interface DeviceRows {
  find(hash: Uint8Array): DeviceRow | undefined;
  ofUserCode(userCode: string): DeviceRow | undefined;
  /** @throws Error of the database for a second device with the same user code */
  insert(row: DeviceRow): void;
  update(row: DeviceRow): void;
}

export interface SessionRows {
  find(id: string): SessionRow | undefined;
  /** The session that was made from a code. */
  ofCode(hash: Uint8Array): SessionRow | undefined;
  /** @throws Error of the database for a second session of one code */
  insert(row: SessionRow): void;
  /** Records a refresh and its organization. */
  refreshed(id: string, organizationId: string | null, at: number): void;
  /** Ends it, unless it has ended. Its answers can no longer be repeated then. @returns whether it was open */
  end(id: string, at: number): boolean;
  /** OAuth providers by which the user has signed in, while the sessions are kept. */
  providersOf(userId: string): readonly string[];
  /** Ends all that are open. @returns how many */
  endAll(userId: string, at: number): number;
  /** Open sessions. @throws ApiError invalid_request for an unknown `after` or `before` */
  activeOf(userId: string, now: number, query: WorkosListQuery): Listed<SessionRow>;
}

export interface RefreshTokenRows {
  find(hash: Uint8Array): RefreshTokenRow | undefined;
  hasSuccessor(hash: Uint8Array): boolean;
  /** @throws Error of the database for a second successor of one token */
  insert(row: Pick<RefreshTokenRow, 'hash' | 'session_id' | 'parent'>): void;
  keepAnswer(hash: Uint8Array, sealed: Uint8Array, until: number): void;
  dropAnswer(hash: Uint8Array): void;
}

export interface OrganizationRows {
  find(id: string): OrganizationRow | undefined;
  /** The oldest organization of that name. */
  named(name: string): OrganizationRow | undefined;
  insert(row: OrganizationRow): void;
  /** Does nothing if the user is already a member. */
  join(row: MembershipRow): void;
  /** @throws ApiError invalid_request for an unknown `after` or `before` */
  list(query: WorkosListQuery): Listed<OrganizationRow>;
  /** @throws as `list` */
  memberships(
    query: WorkosListQuery,
    of: { readonly userId?: string; readonly organizationId?: string },
  ): Listed<Membership>;
  /** Only active memberships, the oldest first. */
  activeOf(userId: string): readonly Membership[];
}

/** The tables that one transaction can read and write. */
export interface SignInRows {
  readonly users: UserRows;
  readonly codes: CodeRows;
  readonly sessions: SessionRows;
  readonly tokens: RefreshTokenRows;
  readonly organizations: OrganizationRows;
  readonly oneTimeCodes: OneTimeCodeRows;
  readonly pending: PendingRows;
  readonly devices: DeviceRows;
}

export interface SignIns {
  /** @throws ApiError database_busy, database_io, database_corrupt, database_replaced, and the errors of `work` */
  read<T>(work: (rows: SignInRows) => T): Promise<T>;
  /**
   * Runs `work` as one synchronous transaction. If `work` returns a refusal, its writes are committed; if it throws one,
   * they are rolled back.
   * @throws as `read`, and ApiError storage_full
   */
  write<T>(work: (rows: SignInRows) => T): Promise<T>;
  /** Drops expired rows, and answers that can no longer be repeated. @returns the number of rows */
  sweep(now: number): Promise<number>;
  close(): void;
}

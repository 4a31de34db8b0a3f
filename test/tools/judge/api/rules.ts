/** What one server of the family does, choice by choice. A design sets some of them, and a mutant makes one of them wrong. */
import type { KeyObject } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Store } from './store.ts';
import type { WorkOS } from './workos.ts';

export type Claims = Readonly<Record<string, unknown>>;

export interface Header {
  readonly alg?: unknown;
  readonly kid?: unknown;
  readonly [name: string]: unknown;
}

/** What a claim is compared with. */
export interface Expected {
  readonly issuer: string;
  readonly clientId: string;
  /** Seconds since 1970. */
  readonly now: number;
  /** Seconds by which clocks may differ. */
  readonly tolerance: number;
}

export type ClaimCheck = (claims: Claims, expected: Expected) => boolean;

export interface Member {
  readonly id: string;
  readonly workspaceId: string;
  readonly workspaceName: string;
  readonly createdAt: string;
  readonly email: string;
  readonly lastSeenAt: string;
}

export interface ApiKey {
  readonly id: string;
  readonly publicId: string;
  readonly secretHash: string;
  readonly subject: string;
  readonly createdAt: string;
  readonly lastUsedAt: string | null;
}

export interface Answered {
  readonly body: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly isFirst: boolean;
  readonly replays: number;
}

export interface User {
  readonly id: string;
  readonly email: string;
}

/** What is known of a callback while it is worked on. */
export interface Work {
  readonly claims: Claims;
  readonly subject: string;
  readonly email: string;
  readonly record: string;
}

/** A request as the server takes it. */
export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** Empty unless the server reads bodies. */
  readonly body: string;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What stands between the wire and the routes. */
export type Around = (asked: Asked, next: (asked: Asked) => Promise<Reply>, inside: Inside) => Promise<Reply>;

export interface Inside {
  readonly store: Store;
  readonly secretOf: (subject: string) => string | undefined;
}

export interface Rules {
  /** Made for each server by itself. */
  readonly around: () => Around;
  readonly send: (response: ServerResponse, reply: Reply, request: IncomingMessage) => void;
  readonly listening: (server: Server) => void;

  // Verification
  readonly algorithms: readonly string[];
  readonly shape: RegExp;
  readonly acceptsHeader: (header: Header) => boolean;
  readonly verifies: (input: string, signature: Buffer, key: KeyObject, header: Header) => boolean;
  readonly keyOf: (kid: unknown, keys: ReadonlyMap<string, KeyObject>, header: Header) => KeyObject | undefined;
  readonly claims: Readonly<Record<string, ClaimCheck>>;
  readonly tolerance: number;
  readonly keyCache: { readonly cooldownMs: number; readonly isFinal: boolean; readonly keepsRemoved: boolean };

  // Ids, users and records
  readonly idOf: (value: unknown, claim: 'jti' | 'sid') => string | undefined;
  readonly idempotencyKeyOf: (tokenId: string | undefined, sessionId: string | undefined) => string | undefined;
  readonly recordOf: (key: string, subject: string, claims: Claims) => string;
  /** Whose rows these are; the address is known at the callback alone. */
  readonly subjectOf: (subject: string, email: string | undefined, claims: Claims) => string;
  readonly findUser: (workos: WorkOS, subject: string) => Promise<User | undefined>;
  readonly workspaceIdOf: (email: string, made: string, claims: Claims) => string;
  readonly workspaceNameOf: (email: string, claims: Claims) => string;
  readonly emailOf: (user: User, claims: Claims) => string;
  readonly needsUser: (isReplay: boolean) => boolean;
  readonly keepsRecord: (isFirst: boolean) => boolean;
  readonly isAlive: (answered: Answered, now: number) => boolean;

  // Sign-ins
  /** The time of a sign-in, in milliseconds since 1970. */
  readonly instantOf: (now: number, claims: Claims) => number;
  readonly seenBefore: (member: Member, email: string, at: string) => Member;
  readonly afterReplay: (member: Member, email: string, at: string) => Member;
  readonly secretWhenSeen: (member: Member, issued: string | undefined) => string | null;
  readonly onRefused: 'nothing' | 'member' | 'touch' | 'record';
  /** After which problems `onRefused` is done. */
  readonly leavesTrace: (problem: string) => boolean;
  readonly newSecret: () => string;
  readonly memberScopes: readonly string[];
  readonly keyScopes: readonly string[];
  readonly keepsKey: (key: ApiKey, now: number) => boolean;
  readonly hashOf: (secret: string) => string;
  readonly keyWithSecret: 'needed' | 'not looked at' | 'beginning' | 'any of the user';

  // Work
  readonly duplicates: 'wait' | 'conflict' | 'apart';
  /** What is looked for before others may write: nothing, in a right server. */
  readonly looksEarlyFor: readonly ('member' | 'record')[];
  readonly latencyMs: number;
  readonly onHangUp: 'finish' | 'forget' | 'stuck';
  readonly busy: (running: number, request: IncomingMessage) => { status: 429 | 503; retryAfter: number } | undefined;
  /** Closes the connection without an answer after the work is done. */
  readonly loses: (count: number) => boolean;

  // Answers
  readonly write: (body: unknown) => string;
  readonly replayed: (body: string) => string;
  readonly timestamp: (milliseconds: number) => string;
  readonly newId: (kind: 'mem_' | 'key_' | 'evt_' | '') => string;
  readonly headers: (status: number, requestId: string) => Record<string, string>;
  readonly refusal: (status: number, code: string, message: string, requestId: string) => unknown;
  readonly statusOf: (status: number, why: string) => number;
  readonly noIdMessage: string;
  readonly shown: (route: string, body: Record<string, unknown>, secret: string | undefined) => Record<string, unknown>;
  /** Milliseconds by which reads are behind. */
  readonly readLagMs: number;
  readonly apiKeyOnDashboard: boolean;
  readonly tokenOnWhoami: boolean;
}

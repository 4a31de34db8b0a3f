/** The contract of the callback in a few lines, without a database: what each callback must answer. */

import type { SuccessfulOutcome } from '../../../src/callback/outcome.ts';
import type { Reason } from '../../../src/errors/reasons.ts';

export interface ModelToken {
  readonly kid: string;
  readonly subject: string;
  readonly jti: string | null;
  readonly sid: string | null;
  /** Seconds since 1970. */
  readonly iat: number;
  readonly exp: number;
}

interface ModelMember {
  email: string;
  lastSeen: number;
  keyWorks: boolean;
  /** Filled in from the first answer; nothing may change them. */
  workspaceId: string;
  secret: string;
}

interface ModelRecord {
  readonly subject: string;
  readonly key: string;
  readonly expiresAt: number;
  /** The answer as it was first sent. */
  body: string;
}

export type Expected =
  | { readonly refused: Reason }
  | { readonly outcome: SuccessfulOutcome; readonly record: ModelRecord; readonly reused: boolean };

export interface Model {
  now: number;
  /** Address by user id, as WorkOS knows it. */
  readonly users: Map<string, string>;
  readonly published: Set<string>;
  readonly members: Map<string, ModelMember>;
  readonly records: Map<string, ModelRecord>;
  /** Every secret ever shown, in order. */
  readonly secrets: string[];
}

export function emptyModel(now: number): Model {
  return { now, users: new Map(), published: new Set(), members: new Map(), records: new Map(), secrets: [] };
}

/** What a callback of this token must do now; a member and a record are changed accordingly. */
export function expectedOf(model: Model, token: ModelToken, ttl: number): Expected {
  const reason = refusalOf(model, token);
  if (reason !== undefined) return { refused: reason };
  const { subject } = token;
  const key = token.jti === null ? `workos-session:${token.sid}` : `workos-jti:${token.jti}`;
  const name = JSON.stringify([subject, key]);
  const stored = model.records.get(name);
  if (stored !== undefined && stored.expiresAt > model.now)
    return { outcome: 'replayed', record: stored, reused: false };

  const reused = [...model.records.values()].some((other) => other.key === key && other.subject !== subject);
  const email = model.users.get(subject) as string;
  const known = model.members.get(subject);
  if (known) Object.assign(known, { email, lastSeen: model.now });
  else model.members.set(subject, { email, lastSeen: model.now, keyWorks: true, workspaceId: '', secret: '' });
  const record = { subject, key, expiresAt: Math.max(model.now + ttl, token.exp * 1000 + 60_000), body: '' };
  model.records.set(name, record);
  return { outcome: known ? 'seen' : 'provisioned', record, reused };
}

function refusalOf(
  { now, users, published }: Model,
  { kid, subject, jti, sid, iat, exp }: ModelToken,
): Reason | undefined {
  if (published.size === 0) return 'jwks_invalid';
  if (!published.has(kid)) return 'kid_unknown';
  if (exp <= now / 1000) return 'expired';
  if (iat > now / 1000 + 60) return 'issued_in_future';
  if (jti === null && sid === null) return 'no_session_or_token_id';
  return users.has(subject) ? undefined : 'user_fetch_failed';
}

/** @returns how many records go */
export function sweep({ records, now }: Model): number {
  const expired = [...records].filter(([, { expiresAt }]) => expiresAt <= now);
  for (const [name] of expired) records.delete(name);
  return expired.length;
}

/** The member with everything of theirs, as an operator deletes a workspace. */
export function deleteMember({ members, records }: Model, subject: string): void {
  members.delete(subject);
  for (const [name, record] of records) if (record.subject === subject) records.delete(name);
}

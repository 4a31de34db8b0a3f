/** One sign-in: replay, first or seen, as the rows and the rules have it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { crockford } from './correct.ts';
import type { Claims, Member, Rules, Work } from './rules.ts';
import type { Store } from './store.ts';

export class Refused extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Record<string, string>;

  constructor(status: number, code: string, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

export class SignIns {
  readonly #rules: Rules;
  readonly #store: Store;
  readonly #queues = new Map<string, Promise<unknown>>();
  readonly #issued = new Map<string, string>();

  constructor(rules: Rules, store: Store) {
    this.#rules = rules;
    this.#store = store;
  }

  /** The last secret of a user, for servers that show more than they may. */
  secretOf(subject: string): string | undefined {
    return this.#issued.get(subject);
  }

  async answer(work: Work, stays: () => boolean): Promise<string> {
    const { duplicates, onHangUp } = this.#rules;
    if (duplicates === 'wait') return this.#inTurn(work.subject, () => this.#work(work, stays));
    if (duplicates === 'apart') return this.#work(work, stays);
    if (!this.#store.inFlight.add(work.record, true))
      throw new Refused(409, 'idempotency_in_flight', 'the callback is being worked on', { 'retry-after': '1' });
    try {
      return await this.#work(work, stays);
    } finally {
      if (onHangUp !== 'stuck' || stays()) this.#store.inFlight.remove(work.record);
    }
  }

  #inTurn<T>(subject: string, work: () => Promise<T>): Promise<T> {
    const mine = (this.#queues.get(subject) ?? Promise.resolve()).then(work);
    this.#queues.set(
      subject,
      mine.catch(() => undefined),
    );
    return mine;
  }

  async #work(work: Work, stays: () => boolean): Promise<string> {
    const { latencyMs, looksEarlyFor, onHangUp } = this.#rules;
    const member = () => this.#store.members.get(work.subject);
    const early = { member: member(), replay: this.replayOf(work) };
    await sleep(latencyMs); // stands for a database
    if (onHangUp === 'stuck' && !stays()) throw new Refused(500, 'internal_error', 'the client has gone');
    const replay = looksEarlyFor.includes('record') ? early.replay : (early.replay ?? this.replayOf(work));
    return replay ?? this.#resolve(work, looksEarlyFor.includes('member') ? early.member : member());
  }

  replayOf({ record, subject, email }: Work): string | undefined {
    const { isAlive, afterReplay, timestamp, replayed } = this.#rules;
    const { records, members } = this.#store;
    const stored = records.get(record);
    if (stored === undefined || !isAlive(stored, Date.now())) return undefined;
    records.set(record, { ...stored, replays: stored.replays + 1 });
    const member = members.get(subject);
    const touched = member && afterReplay(member, email, timestamp(Date.now()));
    if (touched !== undefined && touched !== member) members.set(subject, touched);
    return replayed(stored.body);
  }

  #resolve({ subject, email, record, claims }: Work, known: Member | undefined): string {
    const { write, timestamp, instantOf, seenBefore, secretWhenSeen, keepsRecord } = this.#rules;
    const now = Date.now();
    const at = timestamp(instantOf(now, claims));
    const member = known ? seenBefore(known, email, at) : firstOf(this.#rules, email, at, claims);
    this.#store.members.set(subject, member);
    const secret = known ? secretWhenSeen(member, this.#issued.get(subject)) : this.#issueKey(subject, at);
    const body = write(this.#body(member, subject, secret));
    if (keepsRecord(known === undefined))
      this.#store.records.set(record, { body, at: now, isFirst: known === undefined, replays: 0 });
    return body;
  }

  #issueKey(subject: string, at: string): string {
    const publicId = crockford(16);
    const secret = `ap_pk_preview_${publicId}_${this.#rules.newSecret()}`;
    const key = {
      id: this.#rules.newId('key_'),
      publicId,
      secretHash: this.#rules.hashOf(secret),
      subject,
      createdAt: at,
      lastUsedAt: null,
    };
    this.#store.keys.set(publicId, key);
    this.#store.keys.set(subject, key);
    this.#issued.set(subject, secret);
    return secret;
  }

  #body(member: Member, subject: string, secret: string | null): object {
    const { memberScopes } = this.#rules;
    return {
      workspace: workspaceOf(member),
      workspace_member: memberOf(member, memberScopes),
      scopes: memberScopes,
      default_api_key: secret === null ? null : { api_key: this.shownKey(subject), secret },
    };
  }

  shownKey(subject: string, time = Number.MAX_SAFE_INTEGER): object | undefined {
    const key = this.#store.keys.at(subject, time);
    const member = this.#store.members.get(subject);
    if (key === undefined) return undefined;
    return {
      id: key.id,
      workspace_id: member?.workspaceId,
      name: 'Default',
      public_id: key.publicId,
      scopes: this.#rules.keyScopes,
      revoked_at: null,
      created_at: key.createdAt,
      last_used_at: key.lastUsedAt,
    };
  }
}

function firstOf(rules: Rules, email: string, at: string, claims: Claims): Member {
  const { newId, workspaceIdOf, workspaceNameOf } = rules;
  return {
    id: newId('mem_'),
    workspaceId: workspaceIdOf(email, newId(''), claims),
    workspaceName: workspaceNameOf(email, claims),
    createdAt: at,
    email,
    lastSeenAt: at,
  };
}

export function workspaceOf({ workspaceId, workspaceName, createdAt }: Member): object {
  return { id: workspaceId, name: workspaceName, created_at: createdAt };
}

export function memberOf(member: Member, scopes: readonly string[]): object {
  const { id, workspaceId, email, createdAt, lastSeenAt } = member;
  return { id, workspace_id: workspaceId, email, scopes, created_at: createdAt, last_seen_at: lastSeenAt };
}

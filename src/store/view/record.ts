/** An idempotency record: the answer that is replayed, its user, and its expiry. */
import type { MemberItem, Reads, RecordItem } from '../read-store.ts';
import { callbacksOfSession, memberWithId } from './belongings.ts';
import { ambiguous, matchesOf, notFound, ofEach, type Way } from './names.ts';
import { type ShownRecord, shown } from './shown.ts';

export interface RecordView {
  readonly record: ShownRecord;
  readonly workspace_member: MemberItem | null;
  /** Of the same key, made by other users or for other issuers. */
  readonly shared_with: readonly ShownRecord[];
}

/** A `jti` or `sid` may be given instead of the whole key. */
const WAYS: readonly Way[] = [
  { kind: 'idempotency_key' },
  { kind: 'idempotency_key', prefix: 'workos-jti:' },
  { kind: 'idempotency_key', prefix: 'workos-session:' },
];

/** Largest number of records of one key: each user and issuer has one. */
const MOST_OF_ONE_KEY = 20;

/**
 * @param text the idempotency key, or the `jti` or `sid` in it
 * @throws Failure not_found, invalid_argument if it is ambiguous
 */
export async function recordView(reads: Reads, text: string, { now }: { readonly now: number }): Promise<RecordView> {
  const [record, ...others] = await recordsOfOneKey(reads, text);
  const member = await memberWithId(reads, record.member_id);
  return {
    record: shown('records', record, now),
    workspace_member: member === undefined ? null : shown('members', member, now),
    shared_with: others.map((other) => shown('records', other, now)),
  };
}

async function recordsOfOneKey(reads: Reads, text: string): Promise<readonly [RecordItem, ...RecordItem[]]> {
  const named = [...new Set((await matchesOf(reads, WAYS, text)).map(({ name }) => name))];
  const names = named.length > 0 ? named : await keysOfSession(reads, text);
  const found = await ofEach(
    names,
    async (name) => (await reads.list('records', { limit: MOST_OF_ONE_KEY, where: { idempotency_key: [name] } })).items,
  );
  const [record, ...others] = found;
  if (record === undefined)
    throw await notFound(reads, WAYS, { what: 'callback record', text, hint: 'Records are dropped when they expire.' });
  if (names.length > 1)
    throw ambiguous(
      'callback record',
      text,
      found.map(({ idempotency_key, subject, issuer }) => `${idempotency_key}  ${subject}  ${issuer}`),
    );
  return [record, ...others];
}

/** The keys of its callbacks: those that have a token id are not recorded under that of the session. */
async function keysOfSession(reads: Reads, text: string): Promise<readonly string[]> {
  const keys = (await callbacksOfSession(reads, text)).map(({ idempotency_key }) => idempotency_key);
  return [...new Set(keys.filter((key) => key !== null))];
}

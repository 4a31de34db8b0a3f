/** A callback: its outcome, and what to do about it. */
import { REASONS, type Reason } from '../../errors/reasons.ts';
import type { CallbackItem, MemberItem, Reads, RecordItem } from '../read-store.ts';
import { oneMember } from './belongings.ts';
import { ambiguous, matchesOf, notFound, ofEach, type Way } from './names.ts';
import { type ShownRecord, shown } from './shown.ts';

export interface CallbackView {
  /** All attempts with this request id, oldest first. */
  readonly callbacks: Attempts;
  readonly workspace_member: MemberItem | null;
  readonly record: ShownRecord | null;
  /** What to do about the last one. */
  readonly advice: string | null;
}

/** Oldest first; there is at least one. */
export type Attempts = readonly [CallbackItem, ...CallbackItem[]];

const WAYS: readonly Way[] = [{ kind: 'request_id' }];

/** One more than a message names. */
const MOST_OF_TOKEN = 11;

/**
 * @param text the request id, or the session or token id of a single callback
 * @param limit largest number of callbacks; the newest are shown
 * @throws Failure not_found, invalid_argument if the name is ambiguous
 */
export async function callbackView(
  reads: Reads,
  text: string,
  { limit, now }: { readonly limit: number; readonly now: number },
): Promise<CallbackView> {
  const callbacks = await attemptsNamed(reads, text, limit);
  const last = lastOf(callbacks);
  const member = await memberOf(reads, last);
  const record = await recordOf(reads, last);
  const reason = knownReason(last);
  return {
    callbacks,
    workspace_member: member === undefined ? null : shown('members', member, now),
    record: record === undefined ? null : shown('records', record, now),
    advice: reason === null ? null : REASONS[reason].remedy,
  };
}

/** The callbacks with the request id that the text means. @throws Failure not_found, invalid_argument if it is ambiguous */
export async function attemptsNamed(reads: Reads, text: string, limit: number): Promise<Attempts> {
  const withId = async (id: string) =>
    (await reads.list('callbacks', { limit, where: { request_id: [id] } })).items.toReversed();
  let found = await withId(text); // first, so that a missing log is reported
  if (found.length === 0) {
    const named = [...new Set((await matchesOf(reads, WAYS, text)).map(({ name }) => name))];
    const names = named.length > 0 ? named : await requestsOfToken(reads, text);
    if (names.length > 1) throw ambiguous('callback', text, names);
    found = await ofEach(names, withId);
  }
  const [first, ...later] = found;
  if (first === undefined)
    throw await notFound(reads, WAYS, {
      what: 'callback with the request id',
      text,
      hint: 'The request id is in X-Request-Id of the answer and in the log of the server.',
    });
  return [first, ...later];
}

/** The request ids of the callbacks with that session or token id, verified or claimed, newest first. */
async function requestsOfToken(reads: Reads, id: string): Promise<readonly string[]> {
  const found = await ofEach([{ any_session_id: [id] }, { any_token_id: [id] }], async (where) => {
    const { items } = await reads.list('callbacks', { limit: MOST_OF_TOKEN, where });
    return items.map(({ request_id }) => request_id);
  });
  return [...new Set(found)];
}

export function lastOf([first, ...later]: Attempts): CallbackItem {
  return later.at(-1) ?? first;
}

/** null also for an error without a reason, and for a reason of a newer version. */
export function knownReason({ reason }: Pick<CallbackItem, 'reason'>): Reason | null {
  return reason !== null && Object.hasOwn(REASONS, reason) ? (reason as Reason) : null;
}

async function memberOf(reads: Reads, { subject }: CallbackItem): Promise<MemberItem | undefined> {
  if (subject === null || !(await reads.has('database'))) return undefined;
  return oneMember(reads, { workos_user_id: [subject] });
}

async function recordOf(
  reads: Reads,
  { idempotency_key, subject, issuer }: CallbackItem,
): Promise<RecordItem | undefined> {
  if (idempotency_key === null || !(await reads.has('database'))) return undefined;
  const { items } = await reads.list('records', { limit: 20, where: { idempotency_key: [idempotency_key] } });
  return items.find((record) => record.subject === subject && record.issuer === issuer);
}

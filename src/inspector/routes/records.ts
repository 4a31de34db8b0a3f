/** The list of records, and one with every callback of its key. */
import type { Reads, RecordItem } from '../../store/read-store.ts';
import { memberWithId } from '../../store/view/belongings.ts';
import { shown } from '../../store/view/shown.ts';
import type { RecordAnswer, RecordsAnswer } from '../api-types.ts';
import type { Inspected } from '../inspected.ts';
import { Refusal } from '../web/refusal.ts';
import { withDetails } from './details.ts';
import { callbacksOfKey, type RecordKey } from './key-callbacks.ts';
import { invalid, type Query } from './query.ts';
import { bytesVerdict } from './verdict.ts';

export async function records({ reads, now }: Inspected, query: Query): Promise<RecordsAnswer> {
  const { items, nextCursor } = await reads.list('records', { limit: query.limit(), cursor: query.text('cursor') });
  return {
    schema_version: 1,
    items: items.map((item) => shown('records', item, now())),
    page_info: { next_cursor: nextCursor, has_more: nextCursor !== null },
  };
}

/** Records of one key: each user and issuer has one. */
const MOST_OF_KEY = 20;
/** Callbacks whose details are read: the first and the last half of so many. */
const MOST_DETAILS = 200;

export async function record({ reads, now }: Inspected, query: Query): Promise<RecordAnswer> {
  const key = query.text('key');
  if (key === undefined || key === '' || key.length > 2048) throw invalid('key must be the key of a record');
  const all = (await reads.list('records', { limit: MOST_OF_KEY, where: { idempotency_key: [key] } })).items;
  const given = { subject: query.text('subject'), issuer: query.text('issuer') };
  const wanted = all.filter(
    (each) =>
      (given.subject === undefined || each.subject === given.subject) &&
      (given.issuer === undefined || each.issuer === given.issuer),
  );
  if (wanted.length > 1)
    throw new Refusal(
      400,
      'invalid_request',
      `${wanted.length} records have this key: subject and issuer must name one`,
      wanted.map(({ subject }) => subject ?? ''),
    );
  const [found] = wanted;
  const whose = found === undefined ? await ownerInLog(reads, key, given) : ownerOf(found);
  const attempts = await callbacksOfKey(reads, whose);
  if (found === undefined && attempts.length === 0)
    throw new Refusal(404, 'not_found', 'there is no record of this key, and no callback of it in the log');
  const callbacks = await withDetails(reads, attempts, MOST_DETAILS);
  const member = await memberWithId(reads, found?.member_id ?? null);
  return {
    schema_version: 1,
    key,
    subject: whose.subject,
    issuer: whose.issuer,
    record: found === undefined ? null : shown('records', found, now()),
    workspace_member: member === undefined ? null : shown('members', member, now()),
    shared_with: all.filter((each) => each !== found).map((each) => shown('records', each, now())),
    callbacks,
    verdict: bytesVerdict(callbacks),
  };

  function ownerOf({ subject, issuer }: Pick<RecordItem, 'subject' | 'issuer'>): RecordKey {
    return { key: key as string, subject, issuer };
  }

  /** Of a record that expired and was dropped. */
  async function ownerInLog(
    from: Reads,
    name: string,
    { subject, issuer }: { readonly subject: string | undefined; readonly issuer: string | undefined },
  ): Promise<RecordKey> {
    if (subject === undefined) return ownerOf({ subject: null, issuer: null });
    const { items } = await from.list('callbacks', { limit: 200, where: { subject: [subject] } });
    const one = items.find((item) => item.idempotency_key === name && (issuer ?? item.issuer) === item.issuer);
    return ownerOf({ subject, issuer: issuer ?? one?.issuer ?? null });
  }
}

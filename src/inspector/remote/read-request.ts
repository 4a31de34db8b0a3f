/**
 * One read of `ReadStore` as a request of another process carries it (`agent-paste inspect --url`). What comes is judged
 * here, before it reaches a database.
 */
import { z } from 'zod';
import { ApiError } from '../../errors/api-error.ts';
import { visible } from '../../errors/foreign-text.ts';
import { LISTS } from '../../store/lists.ts';
import { NAMES } from '../../store/names.ts';
import type { ListName, NameKind, Reads } from '../../store/read-store.ts';

/** The items of one answer: the server has callbacks to answer meanwhile. */
const MOST_ITEMS = 200;
/** Names and values longer than this are in no state. */
const TEXT = z.string().max(4096);
const LIMIT = z.int().min(1).max(MOST_ITEMS);
/** Reads with the same one see the same state, until `end`. */
const SNAPSHOT = z.uuid().optional();
const KIND = z.enum(Object.keys(NAMES) as [NameKind, ...NameKind[]]);

const QUERY = z.strictObject({
  limit: LIMIT,
  cursor: TEXT.optional(),
  since: z.number().optional(),
  until: z.number().optional(),
  where: z.record(z.string(), z.array(TEXT)).optional(),
});

const REQUEST = z.discriminatedUnion('read', [
  z.strictObject({
    read: z.literal('list'),
    list: z.enum(Object.keys(LISTS) as [ListName, ...ListName[]]),
    query: QUERY,
    snapshot: SNAPSHOT,
  }),
  z.strictObject({ read: z.literal('follow'), list: z.enum(['events', 'callbacks']), query: QUERY }),
  z.strictObject({
    read: z.literal('namesBeginning'),
    kind: KIND,
    name: z.strictObject({ beginning: TEXT, end: TEXT }),
    limit: LIMIT,
    snapshot: SNAPSHOT,
  }),
  z.strictObject({
    read: z.literal('namesAround'),
    kind: KIND,
    text: TEXT,
    limit: LIMIT,
    snapshot: SNAPSHOT,
  }),
  z.strictObject({ read: z.literal('has'), part: z.enum(['database', 'attempts', 'users']), snapshot: SNAPSHOT }),
  z.strictObject({ read: z.literal('end'), snapshot: z.uuid() }),
]);

type Request = z.infer<typeof REQUEST>;

/** A list that grows. */
export type FollowRequest = Extract<Request, { read: 'follow' }>;

/** A read whose answer is one value. */
type ReadRequest = Exclude<Request, { read: 'follow' | 'end' }>;

/** @throws ApiError invalid_request, naming the field */
export function readRequest(body: unknown): Request {
  const { data, error } = REQUEST.safeParse(body);
  if (error !== undefined) {
    const { path, message } = error.issues[0] as z.core.$ZodIssue;
    throw new ApiError('invalid_request', visible(`${path.join('.') || 'the body'}: ${message}`));
  }
  if (data.read === 'list' || data.read === 'follow') {
    const filters = Object.keys(LISTS[data.list].filters);
    const unknown = Object.keys(data.query.where ?? {}).find((name) => !filters.includes(name));
    if (unknown !== undefined)
      throw new ApiError('invalid_request', visible(`query.where: ${unknown} is not a filter of ${data.list}`));
  }
  return data;
}

/** @throws as `Reads` */
export function answerTo(asked: ReadRequest, reads: Reads): Promise<unknown> {
  switch (asked.read) {
    case 'list':
      return reads.list(asked.list, asked.query);
    case 'namesBeginning':
      return reads.namesBeginning(asked.kind, asked.name, asked.limit);
    case 'namesAround':
      return reads.namesAround(asked.kind, asked.text, asked.limit);
    case 'has':
      return reads.has(asked.part);
  }
}

/** The reads of a server elsewhere or of one in memory, through its inspector (`agent-paste inspect --url`). */
import { randomUUID } from 'node:crypto';
import http, { type IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { clearTimeout, setTimeout as startTimer } from 'node:timers';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from '../../errors/api-error.ts';
import { EXIT_CODES, Failure, type FailureCode } from '../../errors/failure.ts';
import { excerpt } from '../../errors/foreign-text.ts';
import type { FollowedList, ItemOf, ListName, ListQuery, ReadStore, Reads } from '../../store/read-store.ts';
import type { Page } from '../../store/store.ts';

/** Milliseconds for an answer; of a list that is followed, until the next line. */
const ANSWER_TIMEOUT_MS = 20_000;
const BUSY_PAUSE_MS = 100;
const MAX_BYTES = 32 * 1024 * 1024;
/** As `read-request.ts` allows: a larger page is asked for in parts. */
const MOST_ITEMS = 200;

export interface Inspector {
  /** The origin of the page, without a path. */
  readonly url: string;
  /** The key of this run of the server. */
  readonly key: string;
}

/** Each read: @throws Failure unreachable, timed_out, credentials_refused; and what the server says */
export function remoteReads(inspector: Inspector): ReadStore {
  const ask = async (fields: object): Promise<unknown> => {
    const response = await post(inspector, '/api/reads', fields);
    return resultOf(inspector.url, await textOf(response));
  };
  const over = (snapshot?: string): Reads => ({
    list: (list, query) => inParts(query, (part) => ask({ read: 'list', list, query: part, snapshot })) as never,
    namesBeginning: (kind, name, limit) => ask({ read: 'namesBeginning', kind, name, limit, snapshot }) as never,
    namesAround: (kind, text, limit) => ask({ read: 'namesAround', kind, text, limit, snapshot }) as never,
    details: async () => new Map(), // no command shows them
    has: (part) => ask({ read: 'has', part, snapshot }) as never,
  });
  const elsewhere = (what: string) =>
    new Failure('invalid_argument', `${what} is not read over the network`, 'Run it where the database is.');
  return {
    ...over(),
    async together(read) {
      const snapshot = randomUUID();
      try {
        return await read(over(snapshot));
      } finally {
        await ask({ read: 'end', snapshot }).catch(() => undefined); // the server ends it by itself soon
      }
    },
    follow: (list, query, signal) => follow(inspector, { list, query, signal }),
    async *audit() {
      yield await Promise.reject(elsewhere('the audit'));
    },
    diagnose: () => Promise.reject(elsewhere('the diagnosis')),
    [Symbol.asyncDispose]: async () => undefined, // every request has its own connection
  };
}

/** A page of any size in parts that the server gives. */
async function inParts<K extends ListName>(
  query: ListQuery<K>,
  ask: (part: ListQuery<K>) => Promise<unknown>,
): Promise<Page<ItemOf<K>>> {
  const items: ItemOf<K>[] = [];
  let { cursor } = query;
  for (;;) {
    const limit = Math.min(MOST_ITEMS, query.limit - items.length);
    const page = (await ask({ ...query, cursor, limit })) as Page<ItemOf<K>>;
    items.push(...page.items);
    if (page.nextCursor === null || items.length >= query.limit) return { items, nextCursor: page.nextCursor };
    cursor = page.nextCursor;
  }
}

async function* follow<K extends FollowedList>(
  inspector: Inspector,
  { list, query, signal }: { readonly list: K; readonly query: ListQuery<K>; readonly signal: AbortSignal },
): AsyncIterable<readonly ItemOf<K>[]> {
  const response = await post(inspector, '/api/reads', { read: 'follow', list, query }, signal);
  try {
    for await (const line of createInterface({ input: response })) {
      const { items, failure } = fieldsOf(line);
      if (isFailure(failure)) throw rebuilt(failure);
      if (Array.isArray(items)) yield items as readonly ItemOf<K>[];
    }
  } catch (error) {
    if (!signal.aborted) throw error instanceof Failure ? error : unreachable(inspector.url, error);
  }
  if (!signal.aborted) throw new Failure('unreachable', `the server behind ${inspector.url} has ended`);
}

/**
 * Asks again while the server has too many other reads under way.
 * @throws Failure, or ApiError invalid_cursor, as the server says it
 */
async function post(
  { url, key }: Inspector,
  path: string,
  fields: object,
  signal?: AbortSignal,
): Promise<IncomingMessage> {
  const deadline = performance.now() + ANSWER_TIMEOUT_MS;
  for (;;) {
    const response = await responseTo(url, path, { key, body: JSON.stringify(fields), signal });
    if (response.statusCode === 200) return response;
    const text = await textOf(response);
    if (response.statusCode !== 503 || performance.now() > deadline)
      throw refusalOf(url, response.statusCode ?? 0, text);
    await sleep(BUSY_PAUSE_MS, undefined, { ...(signal && { signal }) });
  }
}

interface Sent {
  readonly key: string;
  readonly body: string;
  readonly signal: AbortSignal | undefined;
}

/** No proxy of the environment stands between: the key goes to this address alone. */
function responseTo(url: string, path: string, { key, body, signal }: Sent): Promise<IncomingMessage> {
  const headers = {
    authorization: `Bearer ${key}`,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    origin: url,
  };
  return new Promise((resolve, reject) => {
    const request = http.request(new URL(path, url), {
      method: 'POST',
      headers,
      agent: false,
      ...(signal && { signal }),
    });
    const timer = startTimer(
      () => request.destroy(new Failure('timed_out', `${url} did not answer in ${ANSWER_TIMEOUT_MS / 1000} s`)),
      ANSWER_TIMEOUT_MS,
    );
    request
      .on('response', (response) => {
        clearTimeout(timer);
        resolve(response);
      })
      .on('error', (error) => {
        clearTimeout(timer);
        reject(error instanceof Failure ? error : unreachable(url, error));
      })
      .end(body);
  });
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > MAX_BYTES) throw new Failure('unreachable', 'the answer has more than 32 MiB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function resultOf(url: string, text: string): unknown {
  const { schema_version, result, failure } = fieldsOf(text);
  if (isFailure(failure)) throw rebuilt(failure);
  if (schema_version === 1 && result !== undefined) return result;
  throw new Failure('unreachable', `${url} answered what is not a result of an inspector of this version`);
}

/** Why the state cannot be read, as the command would say it there. */
export interface FailureFields {
  readonly code: FailureCode;
  readonly message: string;
  readonly hint: string | null;
}

function isFailure(value: unknown): value is FailureFields {
  const { code, message, hint } = (value ?? {}) as Partial<FailureFields>;
  const isCode = typeof code === 'string' && Object.hasOwn(EXIT_CODES, code);
  return isCode && typeof message === 'string' && (hint === null || typeof hint === 'string');
}

function rebuilt({ code, message, hint }: FailureFields): Failure {
  return new Failure(code, excerpt(message), hint === null ? undefined : excerpt(hint));
}

function refusalOf(url: string, status: number, text: string): Error {
  if (status === 401)
    return new Failure(
      'credentials_refused',
      `the inspector at ${url} refused the key`,
      'Each start of the server makes a new one: copy its key file again.',
    );
  const { code, message } = (fieldsOf(text).error ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  const said = typeof message === 'string' ? excerpt(message) : undefined;
  if (said !== undefined && (code === 'invalid_cursor' || code === 'invalid_request')) return new ApiError(code, said);
  return new Failure(
    'unreachable',
    `${url} answered ${status} instead of what an inspector answers${said === undefined ? '' : `: ${said}`}`,
    'Name the address that `agent-paste serve --inspector on` shows as its inspector.',
  );
}

/** None for another text: another server may answer there. */
function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}

function unreachable(url: string, cause: unknown): Failure {
  const { code, message } = cause as NodeJS.ErrnoException;
  return new Failure('unreachable', `${url} does not answer: ${code ?? message}`, undefined, cause);
}

/** Requests to the origin of the page. Nothing that a browser sends by itself grants anything: each carries the key. */
import { signal } from '@preact/signals';
import type { ErrorAnswer } from '../../api-types.ts';
import { now } from './clock.ts';
import { key } from './key.ts';
import { link, type Query } from './link.ts';

/** What the page says about its server in the header, and in a band when it does not answer. */
export interface Connection {
  readonly answers: boolean;
  /** Time of the last answer. */
  readonly answeredAt: number;
  /** When it is asked again, if it does not answer. */
  readonly retryAt: number | null;
}

export const connection = signal<Connection>({ answers: true, answeredAt: 0, retryAt: null });

/** The key is missing or of an earlier run. */
export const denied = signal(false);

export class Refusal extends Error {
  readonly status: number;
  /** Whole ids that may have been meant. */
  readonly candidates: readonly string[];
  constructor(status: number, { error, candidates = [] }: Partial<ErrorAnswer>) {
    super(error?.message ?? `the server answered ${status}`);
    this.status = status;
    this.candidates = candidates;
  }
}

/** No answer: the server has stopped, or this machine sleeps. */
class Silence extends Error {}

interface Asked {
  readonly method?: 'GET' | 'POST';
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether it outlives the page. */
  readonly keepalive?: boolean;
}

/** @throws Refusal, Silence, and AbortError when the signal says so */
export async function ask(path: readonly string[], query: Query, asked: Asked = {}): Promise<Response> {
  const { method = 'GET', body, signal: abort, headers: more, keepalive = false } = asked;
  const headers: Record<string, string> = { authorization: `Bearer ${key.value ?? ''}`, ...more };
  if (body !== undefined) headers['content-type'] = 'application/json';
  const init: RequestInit = { method, headers, credentials: 'omit', cache: 'no-store', redirect: 'error', keepalive };
  if (body !== undefined) init.body = JSON.stringify(body);
  if (abort !== undefined) init.signal = abort;
  let response: Response;
  try {
    response = await fetch(link(['api', ...path], query), init);
  } catch (error) {
    if (abort?.aborted) throw error;
    connection.value = { ...connection.value, answers: false };
    throw new Silence('the server does not answer', { cause: error });
  }
  connection.value = { answers: true, answeredAt: now(), retryAt: null };
  denied.value = response.status === 401;
  if (!response.ok) throw new Refusal(response.status, await errorOf(response));
  return response;
}

export async function get<T>(path: readonly string[], query: Query = {}, abort?: AbortSignal): Promise<T> {
  const response = await ask(path, query, abort === undefined ? {} : { signal: abort });
  return (await response.json()) as T;
}

/** An answer that is no JSON comes from something else at that address. */
async function errorOf(response: Response): Promise<Partial<ErrorAnswer>> {
  try {
    return (await response.json()) as Partial<ErrorAnswer>;
  } catch {
    return {};
  }
}

/** Callbacks over HTTP: one, or many that are under way at the same time. */
import http from 'node:http';
import https from 'node:https';
import { performance } from 'node:perf_hooks';
import { Failure } from '../../errors/failure.ts';
import { systemReason } from '../../machine/private-file.ts';
import { CALLBACK_PATH } from '../../server/contract/constants.ts';
import { fitsAuthorizationHeader } from '../../workos/tokens/faults.ts';
import { type CallbackAnswer, isNotNow, notTheApi, readAnswer } from './answer.ts';

export type { CallbackAnswer } from './answer.ts';

export interface CallbackToSend {
  /** Base URL of the API. */
  readonly url: string;
  /** undefined for a request without an Authorization header. */
  readonly token: string | undefined;
  /** Ends the send, which then throws its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds from the first attempt to connect to the last byte; ten seconds by default. */
  readonly timeoutMs?: number | undefined;
  readonly requestId?: string | undefined;
  /** Awaited between the connection and the first byte of the request. */
  readonly whenConnected?: (() => Promise<void>) | undefined;
}

export const SEND_TIMEOUT_MS = 10_000;
/** More than a hundred times the longest answer of the contract. */
export const MAX_ANSWER_BYTES = 1_048_576;

/**
 * Posts one callback on a connection of its own. Redirects are not followed.
 * @throws Failure unreachable, timed_out; invalid_argument for a token that no header can carry
 */
export async function sendCallback({
  url,
  token,
  signal,
  timeoutMs = SEND_TIMEOUT_MS,
  requestId,
  whenConnected,
}: CallbackToSend): Promise<CallbackAnswer> {
  if (token !== undefined && !fitsAuthorizationHeader(token)) {
    throw new Failure('invalid_argument', 'the token has characters that no HTTP header can carry');
  }
  const target = new URL(`${url.replace(/\/$/, '')}${CALLBACK_PATH}`);
  const protocol = target.protocol === 'https:' ? https : http;
  const { promise, resolve, reject } = Promise.withResolvers<CallbackAnswer>();
  let startedAt = performance.now();

  const request = protocol.request(target, {
    method: 'POST',
    agent: false, // one connection each, so that no request waits, and no idle connection is closed under a request
    headers: {
      accept: 'application/json',
      // The bytes are compared, so no content coding is accepted (RFC 9110 section 12.5.3).
      'accept-encoding': 'identity',
      'content-length': '0',
      'user-agent': 'agent-paste-replay',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(requestId === undefined ? {} : { 'x-request-id': requestId }),
    },
  });
  const fail = (error: unknown) => {
    reject(error instanceof Failure ? error : unreachable(url, error));
    request.destroy();
  };
  /** Of an answer whose status says enough, however its body ends. */
  let withoutBody: (() => void) | undefined;
  const broken = (error: unknown) => (withoutBody === undefined ? fail(error) : withoutBody());
  const timer = setTimeout(() => {
    const seconds = timeoutMs / 1000;
    broken(new Failure('timed_out', `${url} did not answer within ${seconds} s`, 'Is the server stuck, or waiting?'));
  }, timeoutMs);
  const aborted = () => {
    reject(signal?.reason);
    request.destroy();
  };
  signal?.addEventListener('abort', aborted, { once: true });
  if (signal?.aborted) aborted();

  request.once('error', broken);
  // Without this listener, Node would close the connection and emit no error.
  request.once('upgrade', ({ statusCode }, socket) => {
    socket.destroy();
    fail(notTheApi(url, `answered ${statusCode} and another protocol, which was not asked for`));
  });
  request.once('response', (response) => {
    const status = response.statusCode ?? 0;
    const answered = (bytes: Buffer) => {
      try {
        resolve(
          readAnswer({ url, status, headers: response.headers, bytes, milliseconds: performance.now() - startedAt }),
        );
      } catch (error) {
        fail(error);
      }
    };
    if (isNotNow(status))
      withoutBody = () => {
        answered(Buffer.alloc(0));
        request.destroy();
      };
    collectBody(url, response, answered, broken);
  });
  request.once('socket', (socket) => {
    const connected = async () => {
      try {
        await whenConnected?.();
        startedAt = performance.now();
        request.end();
      } catch (error) {
        fail(error);
      }
    };
    socket.once(protocol === https ? 'secureConnect' : 'connect', connected);
  });

  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', aborted);
  }
}

function collectBody(
  url: string,
  response: http.IncomingMessage,
  whole: (bytes: Buffer) => void,
  broken: (error: unknown) => void,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  response.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) broken(notTheApi(url, `answered with more than ${MAX_ANSWER_BYTES} bytes`));
    else chunks.push(chunk);
  });
  response.once('error', broken);
  response.once('end', () => whole(Buffer.concat(chunks)));
}

export interface SendAllOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called after each answer, in the order of arrival. */
  readonly onSent?: ((answer: CallbackAnswer, index: number) => void) | undefined;
  /** Sends one callback; `sendCallback` by default. */
  readonly send?: ((callback: CallbackToSend) => Promise<CallbackAnswer>) | undefined;
}

/**
 * Sends `n` callbacks, at most `concurrency` at a time. The first `concurrency` of them connect, wait for each other,
 * and are then written in one turn of the event loop: all are under way before any answer is read.
 * @returns the answers in the order of their numbers
 * @throws the first failure, after the other sends were ended
 */
export async function sendAll(
  n: number,
  concurrency: number,
  make: (index: number) => CallbackToSend | Promise<CallbackToSend>,
  { signal, onSent, send = sendCallback }: SendAllOptions = {},
): Promise<CallbackAnswer[]> {
  const width = Math.max(1, Math.min(n, concurrency));
  const stop = new AbortController();
  const ended = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const together = meetingPoint(width);
  const results: CallbackAnswer[] = [];
  let next = 0;

  const lane = async (): Promise<void> => {
    for (let first = true; next < n && !ended.aborted; first = false) {
      const index = next++;
      const callback = await make(index);
      const meet = first ? { whenConnected: together } : {};
      const answer = await send({ ...callback, signal: ended, ...meet });
      results[index] = answer;
      onSent?.(answer, index);
    }
  };
  const lanes = Array.from({ length: width }, () =>
    lane().catch((error: unknown) => {
      stop.abort(error);
      throw error;
    }),
  );
  const [failed] = (await Promise.allSettled(lanes)).filter(({ status }) => status === 'rejected');
  if (failed !== undefined) throw stop.signal.reason;
  signal?.throwIfAborted();
  return results;
}

/** Each send waits there until the expected number has arrived. */
function meetingPoint(expected: number): () => Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let arrived = 0;
  return () => {
    arrived += 1;
    if (arrived === expected) resolve();
    return promise;
  };
}

const START_HINT = 'Start one with `agent-paste serve`, or name another with --url.';

function unreachable(url: string, error: unknown): Failure {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ECONNREFUSED') return new Failure('unreachable', `nothing listens at ${url}`, START_HINT, error);
  if (code === 'ECONNRESET' || code === 'EPIPE') {
    return new Failure('unreachable', `${url} closed the connection before its answer was complete`, undefined, error);
  }
  return new Failure('unreachable', `${url} cannot be reached: ${systemReason(error)}`, START_HINT, error);
}

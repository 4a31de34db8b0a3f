/** Callbacks over HTTP: one, or many that are under way at the same time. */
import http from 'node:http';
import https from 'node:https';
import { performance } from 'node:perf_hooks';
import { CALLBACK_PATH } from '../contract/constants.ts';
import { Failure } from '../errors.ts';
import { fitsAuthorizationHeader } from '../issuer/faults.ts';
import { systemReason } from '../private-file.ts';
import { notTheApi, readAnswer, type Sent } from './answer.ts';

export type { Outcome, Sent } from './answer.ts';

export interface CallbackToSend {
  /** Base URL of the API. */
  readonly url: string;
  /** Undefined sends no Authorization header. */
  readonly token: string | undefined;
  /** Ends the send, which then throws its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds from the first attempt to connect to the last byte; ten seconds by default. */
  readonly timeoutMs?: number | undefined;
  readonly requestId?: string | undefined;
  /** Waited for between the connection and the first byte of the request. */
  readonly whenConnected?: (() => Promise<void>) | undefined;
}

export const SEND_TIMEOUT_MS = 10_000;
/** More than a hundred times the longest answer of the contract. */
const MAX_ANSWER_BYTES = 1_048_576;

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
}: CallbackToSend): Promise<Sent> {
  if (token !== undefined && !fitsAuthorizationHeader(token)) {
    throw new Failure('invalid_argument', 'the token has characters that no HTTP header can carry');
  }
  const target = new URL(`${url.replace(/\/$/, '')}${CALLBACK_PATH}`);
  const protocol = target.protocol === 'https:' ? https : http;
  const { promise, resolve, reject } = Promise.withResolvers<Sent>();
  let startedAt = performance.now();

  const request = protocol.request(target, {
    method: 'POST',
    agent: false, // a connection each: nothing queues, and no idle connection can be closed under a request
    headers: {
      accept: 'application/json',
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
  const timer = setTimeout(() => {
    const seconds = timeoutMs / 1000;
    fail(new Failure('timed_out', `${url} did not answer within ${seconds} s`, 'Is the server stuck, or waiting?'));
  }, timeoutMs);
  const aborted = () => {
    reject(signal?.reason);
    request.destroy();
  };
  signal?.addEventListener('abort', aborted, { once: true });
  if (signal?.aborted) aborted();

  request.once('error', fail);
  request.once('response', (response) => {
    const chunks: Buffer[] = [];
    let size = 0;
    response.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_ANSWER_BYTES) fail(notTheApi(url, `answered with more than ${MAX_ANSWER_BYTES} bytes`));
      else chunks.push(chunk);
    });
    response.once('error', fail);
    response.once('end', () => {
      try {
        const milliseconds = performance.now() - startedAt;
        const status = response.statusCode ?? 0;
        resolve(readAnswer({ url, status, headers: response.headers, bytes: Buffer.concat(chunks), milliseconds }));
      } catch (error) {
        fail(error);
      }
    });
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

export interface SendAllOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told after each answer, in the order of arrival. */
  readonly onSent?: ((sent: Sent, index: number) => void) | undefined;
  /** What sends one; `sendCallback` itself by default. */
  readonly send?: ((callback: CallbackToSend) => Promise<Sent>) | undefined;
}

/**
 * Sends `n` callbacks, at most `concurrency` at a time. The first `concurrency` of them connect, wait for each other,
 * and are then written in one turn of the event loop: all are under way before any answer is read.
 * @returns the answers in the order of their numbers
 * @throws what the first failing send threw, after the others were ended
 */
export async function sendAll(
  n: number,
  concurrency: number,
  make: (index: number) => CallbackToSend | Promise<CallbackToSend>,
  { signal, onSent, send = sendCallback }: SendAllOptions = {},
): Promise<Sent[]> {
  const width = Math.max(1, Math.min(n, concurrency));
  const stop = new AbortController();
  const ended = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const together = meetingPoint(width);
  const results: Sent[] = [];
  let next = 0;

  const lane = async (): Promise<void> => {
    for (let first = true; next < n && !ended.aborted; first = false) {
      const index = next++;
      const callback = await make(index);
      const meet = first ? { whenConnected: together } : {};
      const sent = await send({ ...callback, signal: ended, ...meet });
      results[index] = sent;
      onSent?.(sent, index);
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

/** Everybody waits there until as many have come as were expected. */
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

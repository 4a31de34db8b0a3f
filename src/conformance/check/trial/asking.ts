/** Requests of any form: reads, and callbacks that carry more than their token. */
import http, { type IncomingHttpHeaders } from 'node:http';
import https from 'node:https';
import { Failure } from '../../../errors/failure.ts';
import { notTheApi, secondsOf } from '../../replay/answer.ts';
import { MAX_ANSWER_BYTES, SEND_TIMEOUT_MS } from '../../replay/send.ts';
import type { Settleable } from './settling.ts';

export interface Asking {
  /** GET by default. */
  readonly method?: string;
  /** With its query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Asked extends Settleable {
  /** The body, whatever the status is. */
  readonly text: string;
  readonly headers: IncomingHttpHeaders;
}

/** Redirects are not followed. @throws Failure unreachable, timed_out */
export function ask(url: string, asking: Asking, signal: AbortSignal | undefined): Promise<Asked> {
  const { method = 'GET', path, body = '' } = asking;
  const target = new URL(`${url.replace(/\/$/, '')}${path}`);
  const what = `${method} ${path.split('?')[0]}`;
  const { promise, resolve, reject } = Promise.withResolvers<Asked>();
  const limit = AbortSignal.timeout(SEND_TIMEOUT_MS);
  const request = (target.protocol === 'https:' ? https : http).request(target, {
    method,
    agent: false, // no idle connection is closed under a request
    headers: {
      accept: 'application/json',
      'accept-encoding': 'identity',
      ...(method === 'GET' || method === 'HEAD' ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
      ...asking.headers,
    },
    signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
  });
  request.once('error', (error) => {
    if (signal?.aborted) reject(signal.reason);
    else if (limit.aborted)
      reject(new Failure('timed_out', `${url} did not answer ${what} within ${SEND_TIMEOUT_MS / 1000} s`));
    else reject(new Failure('unreachable', `${url} cannot be reached for ${what}`, undefined, error));
  });
  request.once('response', (response) => {
    const chunks: Buffer[] = [];
    let size = 0;
    response.on('data', (chunk: Buffer) => {
      size += chunk.length;
      chunks.push(chunk);
      if (size <= MAX_ANSWER_BYTES) return;
      reject(notTheApi(url, `answered ${what} with more than ${MAX_ANSWER_BYTES} bytes`));
      response.destroy();
    });
    response.once('error', (error) => request.destroy(error));
    response.once('end', () => {
      const { statusCode: status = 0, headers } = response;
      resolve({
        status,
        headers,
        text: Buffer.concat(chunks).toString(),
        retryAfter: secondsOf(headers['retry-after']),
      });
    });
  });
  request.end(body);
  return promise;
}

/** @returns undefined for a text that is not JSON */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

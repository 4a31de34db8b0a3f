/**
 * An HTTP request with limits on time and size. It follows no redirect, and its connection is closed if it is abandoned.
 * It uses an agent of our own, so that no proxy of the environment (`NODE_USE_ENV_PROXY`, `HTTP_PROXY`) can come
 * between this program and the configured server.
 */

import http, { type Agent, type IncomingHttpHeaders, type IncomingMessage, type RequestOptions } from 'node:http';
import { pipeline, type Readable, type Transform } from 'node:stream';
import { clearTimeout, setTimeout as startTimer } from 'node:timers';

export interface BoundedRequest {
  readonly method?: 'GET' | 'HEAD';
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds until the answer must be complete, body included. */
  readonly timeoutMs: number;
  /** Ends the request before that. */
  readonly signal?: AbortSignal | undefined;
  /** Limit for the body after decoding. */
  readonly maxBytes: number;
}

export interface BoundedAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The body of an answer with status 200; other bodies are not read. */
  readonly text: string;
}

export class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
}

/**
 * @throws TypeError whose cause is the error; TimeoutError; RangeError for an answer beyond the size limit
 */
export async function boundedRequest(
  url: string,
  { method = 'GET', headers, timeoutMs, maxBytes, signal: ended }: BoundedRequest,
): Promise<BoundedAnswer> {
  const giveUp = new AbortController();
  const timer = startTimer(() => giveUp.abort(new TimeoutError()), timeoutMs);
  try {
    const signal = ended === undefined ? giveUp.signal : AbortSignal.any([giveUp.signal, ended]);
    const incoming = await responseTo(new URL(url), { method, headers, signal });
    const { statusCode: status = 0 } = incoming;
    const text = status === 200 ? await textOf(incoming, maxBytes) : '';
    if (status !== 200) incoming.destroy();
    return { status, headers: incoming.headers, text };
  } catch (error) {
    if (giveUp.signal.aborted) throw giveUp.signal.reason;
    throw error instanceof RangeError ? error : new TypeError('the request failed', { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

async function responseTo(target: URL, options: RequestOptions): Promise<IncomingMessage> {
  const { request, agent } = await transportOf(target.protocol);
  return new Promise((resolve, reject) => {
    const outgoing = request(target, { ...options, agent });
    let problem = new Error('the connection was closed without an answer') as NodeJS.ErrnoException;
    outgoing.on('response', resolve).on('error', (error) => {
      problem = error;
    });
    // This also happens without an error event: Node emits none if the server switches protocols unasked.
    outgoing.on('close', () => {
      // The server closed a kept-alive connection just before this request used it, so it has not seen the request.
      const isStale = outgoing.reusedSocket && (problem.code === 'ECONNRESET' || problem.code === 'EPIPE');
      if (isStale && !options.signal?.aborted) responseTo(target, options).then(resolve, reject);
      else reject(problem);
    });
    outgoing.end();
  });
}

interface Transport {
  readonly request: typeof http.request;
  readonly agent: Agent;
}

const transports = new Map<string, Transport>();

/** Connections are kept alive: otherwise the look-up of each callback would need a new connection. */
async function transportOf(protocol: string): Promise<Transport> {
  const known = transports.get(protocol);
  if (known) return known;
  const { Agent, request } = protocol === 'https:' ? (await import('node:https')).default : http;
  const transport = { request, agent: new Agent({ keepAlive: true }) };
  transports.set(protocol, transport);
  return transport;
}

async function textOf(incoming: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of await decoded(incoming)) {
    size += chunk.byteLength;
    // Leaving the loop closes the connection, so the rest is not read.
    if (size > maxBytes) throw new RangeError(`the answer has more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The request asks for no content coding, but some servers use one anyway (RFC 9110 section 8.4.1). */
async function decoded(incoming: IncomingMessage): Promise<Readable> {
  const coding = incoming.headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (coding === '' || coding === 'identity') return incoming;
  const zlib = await import('node:zlib');
  const decoders = new Map<string, () => Transform>([
    ['gzip', zlib.createGunzip],
    ['x-gzip', zlib.createGunzip],
    ['deflate', zlib.createInflate],
    ['br', zlib.createBrotliDecompress],
    ['zstd', zlib.createZstdDecompress],
  ]);
  const decoder = decoders.get(coding);
  if (decoder === undefined) throw new Error(`the content coding ${JSON.stringify(coding)} is not supported`);
  return pipeline(incoming, decoder(), () => undefined); // the reader gets the errors of both streams
}

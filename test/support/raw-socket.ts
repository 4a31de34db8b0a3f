/** HTTP by hand: requests that no client would send, and what comes back, byte for byte. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  /** 0 when the connection was closed without an answer. */
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Parsed from JSON; undefined where there is none. */
  // biome-ignore lint/suspicious/noExplicitAny: the body of an answer is whatever the test says it is
  readonly body: any;
}

export interface RawRequest {
  readonly method?: string;
  readonly target?: string;
  readonly version?: '1.0' | '1.1';
  /** `Host: …` and the like, one character a byte. Host is that of the port when none is given; null for none at all. */
  readonly lines?: readonly string[];
  readonly host?: string | null;
  readonly body?: string;
  /** Where to connect to; 127.0.0.1 by default. */
  readonly address?: string;
}

export async function open(port: number, address = '127.0.0.1'): Promise<Socket> {
  const socket = connect(port, address);
  await once(socket, 'connect');
  return socket;
}

/** Sends one request on a connection of its own and reads until the server closes it. */
export async function rawRequest(port: number, request: RawRequest = {}): Promise<RawAnswer> {
  return exchange(
    port,
    bytesOf(port, { ...request, lines: [...(request.lines ?? []), 'Connection: close'] }),
    request.address,
  );
}

/** Sends these bytes and reads until the server closes the connection. */
export async function exchange(port: number, bytes: string, address?: string): Promise<RawAnswer> {
  const socket = await open(port, address);
  socket.write(Buffer.from(bytes, 'latin1'));
  return received(socket);
}

/** Everything until the server closes; a reset is an end like any other. */
export async function received(socket: Socket): Promise<RawAnswer> {
  return answerIn(await collected(socket));
}

export function bytesOf(
  port: number,
  { method = 'GET', target = '/healthz', version = '1.1', lines = [], host, body = '' }: RawRequest,
): string {
  const named = host === null ? [] : [`Host: ${host ?? `127.0.0.1:${port}`}`];
  return [`${method} ${target} HTTP/${version}`, ...named, ...lines, '', body].join('\r\n');
}

/** Sends these bytes on one connection, and reads its answers until the server closes it. @param end whether to end our half behind them */
export async function conversation(port: number, bytes: string, { end = false } = {}): Promise<RawAnswer[]> {
  const socket = await open(port);
  const answered = collected(socket);
  if (end) socket.end(Buffer.from(bytes, 'latin1'));
  else socket.write(Buffer.from(bytes, 'latin1'));
  return answersIn(await answered);
}

/** The same for bytes that are sent in parts, each in a turn of its own. */
export async function conversationInParts(port: number, parts: readonly string[]): Promise<RawAnswer[]> {
  const socket = (await open(port)).setNoDelay(true);
  const answered = collected(socket);
  for (const part of parts) {
    await new Promise((resolve) => socket.write(Buffer.from(part, 'latin1'), resolve));
    await new Promise(setImmediate);
  }
  return answersIn(await answered);
}

/** Every byte that comes until the server closes, one character each; a reset is an end like any other. */
export async function collected(socket: Socket): Promise<string> {
  let soFar = '';
  socket.setEncoding('latin1').on('data', (chunk) => {
    soFar += chunk;
  });
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('close', resolve)); // `once` of node:events would throw the reset
  return soFar;
}

/**
 * All answers, each as long as its Content-Length says, and nothing between or behind them.
 * @throws Error for bytes that are no answer
 */
export function answersIn(received: string): RawAnswer[] {
  const answers: RawAnswer[] = [];
  for (let rest = received; rest !== ''; ) {
    const bodyAt = rest.indexOf('\r\n\r\n') + 4;
    const length = Number(/^content-length: (\d+)\r$/im.exec(rest.slice(0, bodyAt))?.[1] ?? 0);
    const end = bodyAt + length;
    if (bodyAt < 4 || !rest.startsWith('HTTP/1.1 ') || rest.length < end)
      throw new Error(`not an answer: ${JSON.stringify(rest.slice(0, 100))}`);
    answers.push(answerIn(rest.slice(0, end)));
    rest = rest.slice(end);
  }
  return answers;
}

/** The first answer in what came over a connection. */
function answerIn(received: string): RawAnswer {
  const end = received.indexOf('\r\n\r\n');
  const [statusLine = '', ...fields] = received.slice(0, end < 0 ? undefined : end).split('\r\n');
  const headers = new Headers(fields.map((field) => [field.split(':', 1)[0] ?? '', field.replace(/^[^:]*:\s*/, '')]));
  const content = end < 0 ? '' : received.slice(end + 4);
  const json = headers.get('content-type')?.startsWith('application/json') && content !== '';
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(statusLine)?.[1] ?? 0),
    headers,
    text: content,
    body: json ? JSON.parse(content) : undefined,
  };
}

/** The listening part: limits on what a socket may do, and an orderly end. */
import { createServer, type IncomingMessage, type ServerOptions, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Failure } from '../errors.ts';
import { hostName } from './access.ts';
import type { AnswerUnreadable } from './unreadable.ts';

/** Milliseconds and bytes beyond which a connection is cut. Node's own defaults are minutes. */
const LIMITS: ServerOptions = {
  headersTimeout: 5000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5000,
  connectionsCheckingInterval: 1000,
  maxHeaderSize: 16_384,
  requireHostHeader: true,
  insecureHTTPParser: false, // whatever NODE_OPTIONS says
};
const MAX_CONNECTIONS = 256;
const MAX_REQUESTS_PER_SOCKET = 1000;
/** After the last answer, milliseconds for it to leave before sockets that never asked anything are cut. */
const SETTLE_MS = 100;

/** What answers a request: `fetch` of the app. */
export type Fetch = (request: Request, bindings: object) => Response | Promise<Response>;

export interface Listener {
  readonly port: number;
  /** Stops accepting, lets running requests end for `graceMs` milliseconds, then cuts what is left. */
  stop(graceMs: number): Promise<void>;
}

/** @param port 0 for any free one. @throws Failure conflict when the port is taken, invalid_argument when it cannot be used */
export async function listen(
  fetch: Fetch,
  host: string,
  port: number,
  answerUnreadable: AnswerUnreadable,
): Promise<Listener> {
  const adapter = loadedLater(async () => {
    const { getRequestListener } = await import('@hono/node-server');
    return getRequestListener(fetch, { hostname: host });
  });
  const running = new Set<ServerResponse>();
  let stopping = false;

  const handle = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    running.add(outgoing);
    if (stopping) closeAfter(outgoing);
    outgoing.once('close', () => {
      running.delete(outgoing);
      if (stopping) cutWhenIdle();
    });
    if (adapter.value) void adapter.value(legible(incoming), outgoing);
    else void adapter.load().then((answerRequest) => answerRequest(legible(incoming), outgoing));
  };
  const server = createServer(LIMITS, handle);
  server.on('checkExpectation', handle); // Node's own answer has no body, and RFC 9110 lets us look away
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const { code = '' } = error;
    const current = [...running].find((outgoing) => outgoing.socket === socket);
    // Bytes in the middle of an answer would be taken for a part of it; a client that is gone gets none.
    if (socket.writable && !current?.headersSent && /^HPE_|^ERR_HTTP_REQUEST_TIMEOUT$/.test(code))
      socket.write(answerUnreadable(code, current !== undefined));
    socket.destroy();
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.maxRequestsPerSocket = MAX_REQUESTS_PER_SOCKET;

  // A browser opens connections ahead of need, and Node counts one that never sent a byte as busy.
  const cutWhenIdle = () => {
    if (running.size > 0) return;
    setTimeout(() => {
      if (running.size === 0) server.closeAllConnections();
    }, SETTLE_MS);
  };

  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenFailure(error, host, port)));
    server.listen(port, host, resolve);
  });
  setImmediate(adapter.load);
  return {
    port: (server.address() as AddressInfo).port,
    stop: (graceMs) =>
      new Promise((resolve) => {
        stopping = true;
        for (const outgoing of running) closeAfter(outgoing);
        const cut = setTimeout(() => server.closeAllConnections(), graceMs);
        server.close(() => {
          clearTimeout(cut);
          resolve();
        });
        cutWhenIdle();
      }),
  };
}

/**
 * The adapter between Node and the Web API brings Node's own `fetch` along, a third of the time of a start. It is loaded
 * once the server listens; a request that is faster than that waits for it.
 */
function loadedLater<T>(make: () => Promise<T>) {
  let made: Promise<T> | undefined;
  const later = {
    value: undefined as T | undefined,
    load: () => {
      made ??= make().then((value) => {
        later.value = value;
        return value;
      });
      return made;
    },
  };
  return later;
}

/** Without this a client that keeps its connection busy would never let a stopping server go. */
function closeAfter(outgoing: ServerResponse): void {
  if (!outgoing.headersSent) outgoing.setHeader('Connection', 'close');
}

/**
 * The adapter refuses some requests on its own, with an empty answer that no rule of ours has seen. They are made
 * into what the app refuses: a host that is none becomes one that is not allowed, a target that is no path a path that is unknown.
 */
function legible(incoming: IncomingMessage): IncomingMessage {
  const { host } = incoming.headers;
  if (host !== undefined && !isHostName(host)) incoming.headers.host = 'invalid';
  const target = incoming.url ?? '';
  const isUrl = /^https?:\/\//.test(target) && URL.canParse(target) && !target.includes('\\');
  if (!isUrl) incoming.url = (target.startsWith('/') ? target : `/${target}`).replaceAll('\\', '%5C');
  return incoming;
}

/** The name by which this server was called last; nearly every request calls it the same. */
let lastHostName = '';

/** Whether a URL with it has it for its host: other spellings of an address are no name of this server. */
function isHostName(host: string): boolean {
  if (host === lastHostName) return true;
  const url = `http://${host}/`;
  if (!URL.canParse(url) || new URL(url).host !== hostName(host)) return false;
  lastHostName = host;
  return true;
}

function listenFailure(error: NodeJS.ErrnoException, host: string, port: number): Error {
  if (error.code === 'EADDRINUSE') {
    return new Failure(
      'conflict',
      `port ${port} of ${host} is in use`,
      'Choose another with --port, or --port 0 for any free one.',
      error,
    );
  }
  const where = `${host}:${port}`;
  return new Failure(
    'invalid_argument',
    `cannot listen on ${where}: ${error.code ?? error.message}`,
    'Check --host and --port.',
    error,
  );
}

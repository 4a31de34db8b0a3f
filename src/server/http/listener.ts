/** The listening socket: its limits, and how it stops. */
import { once } from 'node:events';
import { createServer, type ServerOptions } from 'node:http';
import { type AddressInfo, Server as NetServer } from 'node:net';
import { clearTimeout, setImmediate, setInterval, setTimeout } from 'node:timers';
import { Failure } from '../../errors/failure.ts';
import type { Refusal } from './connection.ts';
import { openConnections } from './connections.ts';
import type { Patience } from './patience.ts';
import { legibleRequests } from './target.ts';

/** A connection that exceeds one of these is closed. Node's own defaults are minutes. */
function limits({ headerMs, requestMs, idleMs, lookMs }: Patience): ServerOptions {
  return {
    headersTimeout: headerMs,
    requestTimeout: requestMs,
    keepAliveTimeout: idleMs,
    keepAliveTimeoutBuffer: lookMs,
    connectionsCheckingInterval: lookMs,
    maxHeaderSize: 16_384,
    requireHostHeader: false, // Node's own refusal has no body; the app refuses with one
    insecureHTTPParser: false, // also if NODE_OPTIONS sets it
    shouldUpgradeCallback: () => false, // this server ignores `Upgrade` (RFC 9110 section 7.8)
  };
}
/** After a stop, idle connections stay open for so many milliseconds, because a request may be on its way. */
const SETTLE_MS = 100;

/** Answers a request: `fetch` of the app. */
export type Fetch = (request: Request, bindings: object) => Response | Promise<Response>;

export interface Listener {
  readonly port: number;
  /** Number of requests whose answers are not sent yet. */
  unanswered(): number;
  /** Stops accepting connections, waits for running requests as long as its patience says, then closes the rest. */
  stop(): Promise<void>;
}

/**
 * @param port 0 for any free port
 * @param isGuest in a process of others: nothing global is changed
 * @throws Failure conflict if the port is taken, invalid_argument if it cannot be used
 */
export async function listen(
  fetch: Fetch,
  host: string,
  port: number,
  refusal: Refusal,
  patience: Patience,
  isGuest = false,
): Promise<Listener> {
  const adapter = loadedLater(async () => {
    const { getRequestListener } = await import('@hono/node-server');
    // The adapter's own Request and Response are faster, and would replace those of the whole process.
    return getRequestListener(fetch, { hostname: host, overrideGlobalObjects: !isGuest });
  });
  const legible = legibleRequests();
  let isStopping = false;
  const connections = openConnections({
    answer: (incoming, outgoing) => {
      if (adapter.value) void adapter.value(legible(incoming), outgoing);
      else void adapter.load().then((answerRequest) => answerRequest(legible(incoming), outgoing));
    },
    refusal,
    isStopping: () => isStopping,
    patience,
  });
  const server = createServer(limits(patience));
  connections.listenTo(server);

  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenFailure(error, host, port)));
    server.listen(port, host, resolve);
  });
  setImmediate(adapter.load);
  const looking = setInterval(connections.look, patience.lookMs).unref();
  return {
    port: (server.address() as AddressInfo).port,
    unanswered: connections.unanswered,
    async stop() {
      isStopping = true;
      const closed = once(server, 'close');
      // Not `close` of http: it also closes connections whose answer is still being sent.
      NetServer.prototype.close.call(server);
      connections.finish();
      const settled = setTimeout(() => setImmediate(connections.cutIdle), SETTLE_MS);
      const cut = setTimeout(connections.cut, patience.graceMs);
      const cutAll = setTimeout(() => server.closeAllConnections(), patience.graceMs + SETTLE_MS);
      await closed;
      for (const timer of [settled, cut, cutAll, looking]) clearTimeout(timer);
      server.close(); // Node's own timer
    },
  };
}

/**
 * The adapter between Node and the Web API loads Node's own `fetch`, which takes a third of the start-up time. It is
 * loaded once the server listens; a request that arrives earlier waits for it.
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

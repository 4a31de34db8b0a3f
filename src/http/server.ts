/** The listening part: limits on what a socket may do, and an orderly end. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { Failure } from '../errors.ts';

/** Milliseconds, bytes and counts beyond which a connection is cut. Node's own defaults are minutes. */
const LIMITS = {
  headersTimeout: 5000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5000,
  connectionsCheckingInterval: 1000,
  maxHeaderSize: 16_384,
  requireHostHeader: true,
};
const MAX_CONNECTIONS = 256;
const MAX_REQUESTS_PER_SOCKET = 1000;

/** What answers a request: `fetch` of the app. */
export type Fetch = (request: Request, bindings: object) => Response | Promise<Response>;

export interface Listener {
  readonly port: number;
  /** Stops accepting, lets running requests end for `graceMs` milliseconds, then cuts what is left. */
  stop(graceMs: number): Promise<void>;
}

/** @param port 0 for any free one. @throws Failure conflict when the port is taken, invalid_argument when it cannot be used */
export async function listen(fetch: Fetch, host: string, port: number): Promise<Listener> {
  const server = createAdaptorServer({ fetch, hostname: host, serverOptions: LIMITS }) as Server;
  server.maxConnections = MAX_CONNECTIONS;
  server.maxRequestsPerSocket = MAX_REQUESTS_PER_SOCKET;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenFailure(error, host, port)));
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    stop: (graceMs) =>
      new Promise((resolve) => {
        const cut = setTimeout(() => server.closeAllConnections(), graceMs);
        server.close(() => {
          clearTimeout(cut);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
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

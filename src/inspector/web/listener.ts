/** The listener of the inspector: on 127.0.0.1 whatever the API listens on, and on a port of its own. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Failure } from '../../errors/failure.ts';

const ADDRESS = '127.0.0.1';
/** Ports after the default one that are tried. */
const MORE_PORTS = 20;
const LIMITS = {
  headersTimeout: 5000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5000,
  maxHeaderSize: 16_384,
  requireHostHeader: false, // the gate refuses with a body
  insecureHTTPParser: false, // also if NODE_OPTIONS sets it
  shouldUpgradeCallback: () => false,
};
const MAX_CONNECTIONS = 128;

export interface InspectorListener {
  readonly port: number;
  /** Closes the port and every connection at once: no stop of a server waits for the page. */
  stop(): Promise<void>;
}

/**
 * @param port 0 for any free one
 * @param isChosen the port was asked for; otherwise the next free one is taken instead
 * @throws Failure conflict if the port is taken, invalid_argument if it cannot be used
 */
export async function listenHere(
  { port, isChosen }: { readonly port: number; readonly isChosen: boolean },
  answer: (incoming: IncomingMessage, outgoing: ServerResponse) => void,
): Promise<InspectorListener> {
  const server = createServer(LIMITS, answer);
  server.maxConnections = MAX_CONNECTIONS;
  const last = isChosen || port === 0 ? port : Math.min(port + MORE_PORTS, 65_535);
  for (let next = port; ; next++) {
    const error = await bind(server, next);
    if (error === undefined) break;
    if (error.code !== 'EADDRINUSE' || next === last) throw listenFailure(error, port);
  }
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function bind(server: Server, port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    server.once('error', resolve);
    server.listen(port, ADDRESS, () => {
      server.off('error', resolve);
      resolve(undefined);
    });
  });
}

function listenFailure(error: NodeJS.ErrnoException, port: number): Failure {
  if (error.code === 'EADDRINUSE')
    return new Failure(
      'conflict',
      `port ${port} of ${ADDRESS}, for the inspector, is in use`,
      'Choose another with --inspector-port, or --inspector-port 0 for any free one.',
      error,
    );
  return new Failure(
    'invalid_argument',
    `the inspector cannot listen on ${ADDRESS}:${port}: ${error.code ?? error.message}`,
    'Check --inspector-port.',
    error,
  );
}

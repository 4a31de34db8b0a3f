/** All connections of the server: their limit, and the events of Node for each of them. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Connection, type ConnectionDeps, openConnection } from './connection.ts';
import { openTurns } from './turns.ts';

const MAX_CONNECTIONS = 256;
/** If all places are taken, a client that was idle for so many milliseconds loses its place to a new one. */
const MIN_IDLENESS = 1000;

export interface Connections {
  /** Number of requests whose answers are not sent yet. */
  unanswered(): number;
  listenTo(server: Server): void;
  /** Closes connections that have waited too long; to be called every second. */
  look(): void;
  /** See `Connection`. */
  finish(): void;
  cutIdle(): void;
  cut(): void;
}

export function openConnections(deps: Omit<ConnectionDeps, 'putOff'>): Connections {
  const putOff = openTurns();
  const connections = new Map<Duplex, Connection>();
  const each = (act: (connection: Connection) => void) => () => connections.forEach(act);

  const accept = (socket: Socket) => {
    if (connections.size >= MAX_CONNECTIONS && !makeRoom()) {
      socket.destroy();
      return;
    }
    connections.set(socket, openConnection(socket, { ...deps, putOff }));
    socket.once('close', () => connections.delete(socket));
  };

  const makeRoom = (): boolean => {
    const [first] = [...connections]
      .map(([socket, connection]) => ({ socket, idleness: connection.idleness() }))
      .sort((a, b) => b.idleness - a.idleness);
    if (first === undefined || first.idleness < MIN_IDLENESS) return false;
    first.socket.destroy();
    return connections.delete(first.socket);
  };

  const take = (incoming: IncomingMessage, outgoing: ServerResponse) =>
    connections.get(incoming.socket)?.take(incoming, outgoing);

  return {
    listenTo(server) {
      // A client that has closed its sending half still waits for its answer: by default Node would close before it is sent.
      Object.assign(server, { httpAllowHalfOpen: true });
      // A request with `Expect` is answered in its turn, like any other.
      for (const event of ['request', 'checkContinue', 'checkExpectation'] as const) server.on(event, take);
      server.on('connection', accept);
      server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
        const { code = '' } = error;
        // A client that has disconnected gets no answer.
        if (/^HPE_|^ERR_HTTP_REQUEST_TIMEOUT$/.test(code) && socket.writable) connections.get(socket)?.broke(code);
        else socket.destroy();
      });
      // Without a listener Node closes the connection, even if a part of the next request is there.
      server.on('timeout', (socket) => connections.get(socket)?.idled());
      server.on('connect', (incoming, socket) => connections.get(socket)?.broke('CONNECT', incoming));
    },
    unanswered: () => connections.values().reduce((sum, connection) => sum + connection.unanswered(), 0),
    look: each((connection) => connection.look()),
    finish: each((connection) => connection.finish()),
    cutIdle: each((connection) => connection.cutIdle()),
    cut: each((connection) => connection.cut()),
  };
}

/**
 * Passes the bytes of a connection to Node's parser in small pieces. Node itself would pass on everything that one read
 * of the socket returns, which may be thousands of requests, and make two objects for each of them.
 */
import type { Socket } from 'node:net';

/** After so many bytes the number of waiting requests is checked. A request with a token is smaller. */
const PIECE = 2048;
const EMPTY_LINE = '\r\n\r\n';

export interface Intake {
  /** Passes on the bytes that the parser may have now. */
  feed(): void;
  /** Whether bytes wait to be passed on. */
  readonly isHolding: boolean;
  /** Whether the last bytes were an empty line, which ends a header and a chunked body. */
  readonly endsWithEmptyLine: boolean;
  /** Further bytes are read and dropped: with unread bytes, the system would reset the connection and lose the answers. */
  deafen(): void;
  readonly isDeaf: boolean;
}

/**
 * @param isOpen whether another piece may be passed on
 * @param onUnreadable told of bytes that the parser does not read, where it reports no error itself; to deafen the intake
 */
export function openIntake(socket: Socket, isOpen: () => boolean, onUnreadable: () => void): Intake {
  const nothing = Buffer.alloc(0);
  const parser = takeParser(socket);
  let rest: Buffer = nothing;
  let lastBytes = '';
  let isDeaf = false;
  let hasEnded = false;
  let isTold = false;
  let isParsing = false;

  const feed = () => {
    if (isParsing) return;
    while (rest.length > 0 && isOpen()) {
      const piece = rest.subarray(0, PIECE);
      rest = rest.subarray(piece.length);
      isParsing = true;
      const read = parser.parse(piece);
      isParsing = false;
      if (isDeaf) return;
      // Behind a request with `Upgrade` an error is told by this alone.
      if (read < 1 || read > piece.length) return onUnreadable();
      if (read < piece.length) rest = Buffer.concat([piece.subarray(read), rest]);
      lastBytes = piece.toString('latin1', Math.max(0, read - EMPTY_LINE.length), read);
    }
    if (rest.length > 0) socket.pause();
    else if (hasEnded) end();
    else if (socket.isPaused()) socket.resume();
  };

  /** The parser is told that the client has closed its half, after the last of the client's bytes. */
  const end = () => {
    hasEnded = true;
    if (rest.length > 0 || isDeaf || isTold) return;
    isTold = true;
    parser.end();
  };

  const take = (bytes: Buffer) => {
    if (isDeaf) return;
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    feed();
  };

  socket.on('data', take).on('end', end);
  // When a route reads a body, Node resumes the socket by itself.
  socket.on('resume', () => {
    if (rest.length > 0) socket.pause();
  });

  return {
    feed,
    get isHolding() {
      return rest.length > 0;
    },
    get endsWithEmptyLine() {
      return lastBytes === EMPTY_LINE;
    },
    deafen() {
      isDeaf = true;
      rest = nothing;
      socket.resume();
    },
    get isDeaf() {
      return isDeaf;
    },
  };
}

interface Parser {
  /** @returns how many of the bytes it has read: after a request that asks for another protocol it stops */
  readonly parse: (piece: Buffer) => number;
  /** To be called once. */
  readonly end: () => void;
}

/** What Node keeps with a socket of its HTTP server. */
interface ParsedSocket extends Socket {
  readonly parser?: { execute(bytes: Buffer): number | Error } | null;
}

/**
 * Node's HTTP server adds ordinary listeners to its sockets, so its listener is the last one. It ignores how many bytes
 * its parser has read, and would drop those that follow a request with `Upgrade`.
 */
function takeParser(socket: ParsedSocket): Parser {
  const [parse, end] = ['data', 'end'].map((event) => {
    const listener = socket.listeners(event).at(-1) as (piece?: Buffer) => void;
    socket.removeListener(event, listener);
    return listener;
  }) as [(piece: Buffer) => void, () => void];
  let read: number | Error = 0;
  const node = socket.parser;
  if (node) {
    const execute = node.execute.bind(node);
    node.execute = (bytes) => {
      read = execute(bytes);
      return read;
    };
  }
  return {
    parse(piece) {
      read = piece.length;
      parse(piece);
      return typeof read === 'number' ? read : piece.length;
    },
    end,
  };
}

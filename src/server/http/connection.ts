/**
 * One connection of a client. Its requests are handled one after another: each begins when the previous answer has been
 * sent (RFC 9112 section 9.3.2 requires that if a method is not safe). So the bytes of two answers never mix, a client
 * that reads slowly slows only itself down, and a waiting request costs no more memory than its headers.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { prepareExpectation } from './expectation.ts';
import { openIntake } from './intake.ts';
import { idleFor, isTooLong, type Patience, type Waits } from './patience.ts';

/** When so many requests of one connection wait, the server stops reading from it. */
const MAX_WAITING = 16;
/** A connection ends after so many answers, so that it does not stay open endlessly. */
const MAX_REQUESTS = 1000;
/** Node's error code for a request that did not arrive in time. */
const TIMEOUT = 'ERR_HTTP_REQUEST_TIMEOUT';

export interface Connection {
  /** Takes a request, to be answered in its turn. */
  take(incoming: IncomingMessage, outgoing: ServerResponse): void;
  /** The bytes were not a request, or came too late. The client is told after the answers to its earlier requests. */
  broke(code: string, incoming?: IncomingMessage): void;
  /** Number of requests whose answers are not sent yet. */
  unanswered(): number;
  /** For how long its client has done nothing, in milliseconds; 0 while it is being served. The idlest is closed first. */
  idleness(): number;
  /** Node has waited long enough for the next request; once a part of it is here, the limit for a header counts. */
  idled(): void;
  /** Closes the connection if it has waited too long for its client; called every second. */
  look(): void;
  /** Answers the requests that have arrived, and then closes the connection. */
  finish(): void;
  /** Closes the connection if no request is under way. */
  cutIdle(): void;
  /** Closes the connection now. If a request has half arrived, its client is told. */
  cut(): void;
}

export interface ConnectionDeps {
  /** Handles a request; the answer may come later. */
  readonly answer: (incoming: IncomingMessage, outgoing: ServerResponse) => void;
  readonly refusal: Refusal;
  readonly isStopping: () => boolean;
  readonly patience: Patience;
  /** Runs the work after that of other connections, so that a client with many requests at once does not delay them. */
  readonly putOff: (work: () => void) => void;
}

/**
 * The bytes of the answer to a request that cannot be handled.
 * @param code the code of Node's parser, or `CONNECT`
 * @param incoming the request, if its header could be read
 * @param isLogged whether the app has logged it already
 */
export type Refusal = (code: string, incoming: IncomingMessage | undefined, isLogged: boolean) => string;

interface Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  isBegun: boolean;
}

export function openConnection(socket: Socket, deps: ConnectionDeps): Connection {
  const { answer, refusal, isStopping, patience, putOff } = deps;
  /** In order of arrival; the first one is being handled. */
  const waiting: Exchange[] = [];
  const waits: Waits = { quietSince: performance.now(), answeringSince: undefined, refusedAt: undefined };
  let taken = 0;
  let bytesWhenQuiet = 0;
  let latest: IncomingMessage | undefined;
  /** Requests that arrive from now on are not handled. */
  let isLast = false;
  /** `incoming` is the request that could not be read to its end; undefined if the bytes follow a complete request. */
  let broken: { readonly code: string; readonly incoming: IncomingMessage | undefined } | undefined;

  const isFull = () => waiting.length > MAX_WAITING;
  /** While an answer is being sent, Node's parser pauses itself and would report further bytes as an error. */
  const intake = openIntake(
    socket,
    () => !isFull() && !socket.writableNeedDrain,
    () => {
      const closes = /(?:^|,)\s*close\s*(?:,|$)/i.test(latest?.headers.connection ?? '');
      broke(closes ? 'HPE_CLOSED_CONNECTION' : 'HPE_INVALID_METHOD');
      intake.deafen();
    },
  );

  /** @param ifUnknown after a body with a Content-Length: a cut request could have shared a packet with it */
  const isHalfThere = ({ ifUnknown }: { readonly ifUnknown: boolean }) => {
    const [current] = waiting;
    if (current || latest?.complete === false) return !latest?.complete;
    if (socket.bytesRead > bytesWhenQuiet) return true;
    if (latest === undefined) return false;
    return Number(latest.headers['content-length'] ?? 0) > 0 ? ifUnknown : !intake.endsWithEmptyLine;
  };

  const endIfIdle = (ifUnknown: boolean) => {
    if (waiting.length === 0 && !isHalfThere({ ifUnknown })) socket.destroy();
  };

  /** Says that the connection ends with this answer. */
  const endWith = (outgoing: ServerResponse) => {
    isLast = true;
    if (!outgoing.headersSent) outgoing.setHeader('Connection', 'close');
  };

  const begin = (exchange: Exchange) => {
    const { incoming, outgoing, isBegun } = exchange;
    if (isBegun) return;
    exchange.isBegun = true;
    if (isStopping() && waiting.length === 1 && !intake.isHolding) endWith(outgoing);
    prepareExpectation(incoming, outgoing);
    answer(incoming, outgoing);
  };

  const next = () => {
    if (socket.destroyed || waits.refusedAt !== undefined) return;
    intake.feed();
    const [current] = waiting;
    if (current && broken?.incoming !== current.incoming) begin(current);
    else if (broken) refuse();
    else if (isLast || isStopping()) socket.end();
  };

  const settled = () => {
    waiting.shift();
    waits.answeringSince = undefined;
    if (waiting.length === 0) {
      waits.quietSince = performance.now();
      bytesWhenQuiet = socket.bytesRead;
    }
    if (waiting.length > 0 || intake.isHolding) putOff(next);
    else next();
  };

  const refuse = () => {
    if (!broken || waits.refusedAt !== undefined) return;
    const { code, incoming } = broken;
    const [current] = waiting;
    waits.refusedAt = performance.now();
    current?.outgoing.detachSocket(socket); // the app may still answer the broken request; that answer is dropped
    intake.deafen();
    socket.end(refusal(code, incoming, current?.isBegun === true), 'latin1');
  };

  const broke = (code: string, incoming = latest?.complete === false ? latest : undefined) => {
    if (broken || intake.isDeaf) return;
    if (code === TIMEOUT && intake.isHolding) return; // its bytes have arrived and wait in the intake
    const [current] = waiting;
    const wasAnswered = incoming !== undefined && incoming === latest && waiting.at(-1)?.incoming !== incoming;
    const isBeingAnswered = incoming !== undefined && incoming === current?.incoming && current.outgoing.headersSent;
    isLast = true;
    // The client would take a second answer to one request for the answer to its next request. And after a request
    // that asked to close the connection, no further request is answered.
    if (wasAnswered || isBeingAnswered || code === 'HPE_CLOSED_CONNECTION') {
      intake.deafen();
      if (!current) socket.end();
      return;
    }
    broken = { code, incoming };
    if (!current || current.incoming === incoming) refuse();
  };

  socket.on('error', () => undefined);

  return {
    broke,

    take(incoming, outgoing) {
      if (isLast) return intake.deafen();
      const exchange = { incoming, outgoing, isBegun: false };
      latest = incoming;
      waits.quietSince = undefined;
      waiting.push(exchange);
      taken += 1;
      if (taken === MAX_REQUESTS) endWith(outgoing);
      outgoing.once('close', settled);
      if (waiting.length > 1) return;
      // The body may be in the same packet as the header; this is known when the whole packet has been read.
      if (incoming.headers.expect === undefined) begin(exchange);
      else process.nextTick(next);
    },

    unanswered: () => waiting.length,

    idleness: () => (isFull() ? Number.POSITIVE_INFINITY : taken === 0 ? 0 : idleFor(waits)),

    look() {
      if (waiting[0]?.outgoing.headersSent) waits.answeringSince ??= performance.now();
      if (isTooLong(waits, patience)) socket.destroy();
    },

    finish() {
      const exchange = waiting.at(-1);
      if (exchange && !intake.isHolding) endWith(exchange.outgoing);
    },

    idled: () => endIfIdle(true),

    cutIdle: () => endIfIdle(false),

    cut() {
      if (isHalfThere({ ifUnknown: false })) broke(TIMEOUT);
      else socket.destroy();
    },
  };
}

/**
 * Requests that reach no route: those that Node's parser refuses, and CONNECT. Node would answer without a body, or not
 * at all; here they get the same error envelope as all others.
 */

import { STATUS_CODES } from 'node:http';
import { type ErrorCode, HTTP_STATUS } from '../../errors/codes.ts';
import { printable } from '../../errors/foreign-text.ts';
import type { RandomSource } from '../../machine/random.ts';
import { isoTime } from '../../machine/values/time.ts';
import type { ServerLog } from '../log/request-log.ts';
import { errorEnvelope, FIXED_HEADERS } from './answers.ts';
import type { Refusal } from './connection.ts';
import { requestId } from './request-id.ts';

export interface UnreadableDeps {
  readonly log: Pick<ServerLog, 'request'>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly random: Pick<RandomSource, 'ulid'>;
}

interface Row {
  readonly status: number;
  readonly code: ErrorCode;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** By error code of the parser; the statuses are those of Node. */
const ROWS: Readonly<Record<string, Row>> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    code: 'payload_too_large',
    // What sign-ins leave behind that were never finished: the cookies of a host reach all its ports.
    message:
      'the headers are larger than 16 KB or too many; in a browser, clear the cookies wos-auth-verifier-* of this host',
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    status: 413,
    code: 'payload_too_large',
    message: 'the chunk extensions are larger than 16 KB',
  },
  HPE_PAUSED_H2_UPGRADE: { status: 400, code: 'invalid_request', message: 'this server speaks HTTP/1.1, not HTTP/2' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, code: 'invalid_request', message: 'the request did not arrive in time' },
  CONNECT: {
    status: HTTP_STATUS.method_not_allowed,
    code: 'method_not_allowed',
    message: 'this server is not a proxy; its paths take GET, HEAD and POST',
    headers: { Allow: 'GET, HEAD, POST' },
  },
};
const MALFORMED: Row = { status: 400, code: 'invalid_request', message: 'this is not a well-formed HTTP request' };

export function answerUnreadable({ log, now, random }: UnreadableDeps): Refusal {
  return (parserCode, incoming, isLogged) => {
    const { status, code, message, headers: more } = ROWS[parserCode] ?? MALFORMED;
    const at = now();
    // If the header could not be read, no part of the request is used.
    const id = requestId(incoming?.headers['x-request-id'], () => `req_${random.ulid(at)}`, incoming);
    const body = errorEnvelope({ code, message }, id);
    const headers = {
      ...FIXED_HEADERS,
      'Content-Type': 'application/json; charset=utf-8',
      'X-Request-Id': id,
      Date: new Date(at).toUTCString(),
      Connection: 'close',
      'Content-Length': String(Buffer.byteLength(body)),
      ...more,
    };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    if (!isLogged) {
      const { method = '-', url: path = '-' } = incoming ?? {};
      const line = { method: printable(method), path: printable(path.replace(/\?.*$/s, '')), status, ms: 0 };
      log.request({ time: isoTime(at), request_id: id, ...line, reason: parserCode });
    }
    return [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, '', body].join('\r\n');
  };
}

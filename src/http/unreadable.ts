/** What Node's parser refuses gets to no route, and by itself an answer without a body: here it gets one like all others. */
import { STATUS_CODES } from 'node:http';
import type { ErrorCode } from '../errors.ts';
import type { RandomSource } from '../random.ts';
import { errorEnvelope, FIXED_HEADERS } from './answers.ts';
import type { ServerLog } from './request-log.ts';

export interface UnreadableDeps {
  readonly log: Pick<ServerLog, 'request'>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly random: Pick<RandomSource, 'ulid'>;
}

/** The bytes to send to whoever sent what is no request. @param isLogged whether the app has a line for it already */
export type AnswerUnreadable = (parserCode: string, isLogged: boolean) => string;

interface Row {
  readonly status: number;
  readonly code: ErrorCode;
  readonly message: string;
}

/** By the code of the parser's error; the statuses are those of Node. */
const ROWS: Readonly<Record<string, Row>> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    code: 'payload_too_large',
    message: 'the headers are larger than 16 KB or too many',
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    status: 413,
    code: 'payload_too_large',
    message: 'the chunk extensions are larger than 16 KB',
  },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, code: 'invalid_request', message: 'the request did not arrive in time' },
};
const MALFORMED: Row = { status: 400, code: 'invalid_request', message: 'this is not a well-formed HTTP request' };

export function answerUnreadable({ log, now, random }: UnreadableDeps): AnswerUnreadable {
  return (parserCode, isLogged) => {
    const { status, code, message } = ROWS[parserCode] ?? MALFORMED;
    const at = now();
    const time = new Date(at);
    // An X-Request-Id may have been sent, but nothing of a request that could not be read is believed.
    const requestId = `req_${random.ulid(at)}`;
    const body = errorEnvelope({ code, message }, requestId);
    const headers = {
      ...FIXED_HEADERS,
      'Content-Type': 'application/json; charset=utf-8',
      'X-Request-Id': requestId,
      Date: time.toUTCString(),
      Connection: 'close',
      'Content-Length': String(Buffer.byteLength(body)),
    };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    if (!isLogged) {
      // Its method and path are not known, or cannot be trusted.
      const nothing = { method: '-', path: '-', ms: 0 };
      log.request({ time: time.toISOString(), request_id: requestId, ...nothing, status, reason: parserCode });
    }
    return [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, '', body].join('\r\n');
  };
}

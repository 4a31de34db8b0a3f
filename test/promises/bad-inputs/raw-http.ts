/** HTTP written by hand, for requests that no client would send. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { CALLBACK_PATH } from '../../../src/server/contract/constants.ts';
import type { Answer } from '../../support/server.ts';

export interface RawRequest {
  readonly method?: string;
  readonly target?: string;
  /** Header lines as they go over the wire, one character a byte; Host and Connection are added. */
  readonly lines?: readonly string[];
  readonly body?: string;
}

export async function rawRequest(
  port: number,
  { method = 'POST', target = CALLBACK_PATH, lines = [], body = '' }: RawRequest,
): Promise<Answer> {
  const length = body === '' ? [] : [`Content-Length: ${body.length}`];
  const head = [
    `${method} ${target} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Connection: close',
    ...lines,
    ...length,
    '',
    '',
  ];
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(Buffer.from(head.join('\r\n') + body, 'latin1'));
  return parse((await buffer(socket)).toString('latin1'));
}

function parse(text: string): Answer {
  const end = text.indexOf('\r\n\r\n');
  const [statusLine = '', ...fields] = text.slice(0, end).split('\r\n');
  const headers = new Headers(
    fields.map((field) => [field.slice(0, field.indexOf(':')), field.slice(field.indexOf(':') + 1)]),
  );
  // Every body of the API is one JSON object, whether it comes in chunks or not.
  const json = text.slice(end + 4).match(/\{.*\}/s)?.[0];
  return {
    status: Number(statusLine.split(' ')[1]),
    headers,
    bytes: Buffer.from(json ?? '', 'latin1'),
    body: json === undefined ? undefined : JSON.parse(json),
  };
}

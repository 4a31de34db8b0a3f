/** Every answer of the inspector: its headers, JSON, and the envelope of what is refused. */
import type { ServerResponse } from 'node:http';
import type { ErrorAnswer } from '../api-types.ts';
import type { Refusal } from './refusal.ts';

/** No script and no style but those of the page, nothing from elsewhere, and no place in another page. */
const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
};

export function begin(outgoing: ServerResponse, status: number, headers: Readonly<Record<string, string>>): void {
  outgoing.writeHead(status, { ...HEADERS, ...headers });
}

/** A HEAD gets the headers alone: Node leaves the body out. */
export function send(
  outgoing: ServerResponse,
  status: number,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>>,
): void {
  begin(outgoing, status, { ...headers, 'Content-Length': String(Buffer.byteLength(body)) });
  outgoing.end(body);
}

export function sendJson(outgoing: ServerResponse, body: object, status = 200, headers = {}): void {
  send(outgoing, status, JSON.stringify(body), { 'Content-Type': 'application/json; charset=utf-8', ...headers });
}

/** The code, message and id that an answer of the API has too. */
export function sendRefusal(outgoing: ServerResponse, refusal: Refusal, requestId: string): void {
  const { status, code, message, candidates } = refusal;
  const body: ErrorAnswer = {
    error: { code, message, request_id: requestId },
    ...(candidates.length === 0 ? {} : { candidates }),
  };
  sendJson(outgoing, body, status, status === 401 ? { 'WWW-Authenticate': 'Bearer' } : {});
}

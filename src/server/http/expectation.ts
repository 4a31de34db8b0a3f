/**
 * `Expect: 100-continue` (RFC 9110 section 10.1.1): a client sends its body only after the server has sent 100. The
 * server sends it when a route reads the body. Node itself would send it at once, in the middle of another answer.
 */
import { type IncomingMessage, ServerResponse } from 'node:http';
import { ApiError } from '../../errors/api-error.ts';
import type { RequestOf } from './answers.ts';
import { bindingsOf } from './bindings.ts';

/** In HTTP/1.0 an expectation is ignored. @throws ApiError expectation_failed */
export function refuseUnmet(c: RequestOf): void {
  const { incoming } = bindingsOf(c);
  if (incoming && isUnmet(incoming))
    throw new ApiError('expectation_failed', 'Expect must be 100-continue; other expectations are not supported');
}

function isUnmet({ httpVersion, headers }: Pick<IncomingMessage, 'httpVersion' | 'headers'>): boolean {
  if (httpVersion !== '1.1') return false;
  return membersOf(headers.expect).some((member) => member !== '100-continue');
}

/** Sends 100 if the client waits for it; not needed if a part of the body has arrived. */
export function inviteBody(c: RequestOf): void {
  const { incoming, outgoing } = bindingsOf(c);
  if (incoming === undefined || !(outgoing instanceof ServerResponse)) return;
  const isAwaited = incoming.httpVersion === '1.1' && membersOf(incoming.headers.expect).includes('100-continue');
  if (isAwaited && !incoming.complete && incoming.readableLength === 0 && !outgoing.headersSent)
    outgoing.writeContinue();
}

/**
 * Whether the connection can go on. A client that gets a final answer instead of 100 may still send its body or leave it
 * out. So the next bytes are certainly a request only if the body has arrived completely or there is none.
 */
export function prepareExpectation(incoming: IncomingMessage, outgoing: ServerResponse): void {
  if (incoming.headers.expect === undefined || incoming.httpVersion !== '1.1' || outgoing.hasHeader('Connection'))
    return;
  const hasBody = incoming.headers['transfer-encoding'] !== undefined || Number(incoming.headers['content-length']) > 0;
  if (!hasBody || incoming.complete) {
    if (outgoing.shouldKeepAlive) outgoing.setHeader('Connection', 'keep-alive');
  } else if (isUnmet(incoming)) {
    outgoing.setHeader('Connection', 'close');
  }
}

function membersOf(header: string | undefined): string[] {
  return (header ?? '')
    .split(',')
    .map((member) => member.trim().toLowerCase())
    .filter((member) => member !== '');
}

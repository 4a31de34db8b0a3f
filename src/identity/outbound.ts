/** Requests to the issuer: bounded in time and size, never following a redirect. */

/** Milliseconds until an answer must be complete, body included. */
export const OUTBOUND_TIMEOUT_MS = 3000;
/** A JWKS has a few kilobytes and a user fewer. */
export const OUTBOUND_MAX_BYTES = 65_536;

export interface OutboundAnswer {
  readonly status: number;
  readonly text: string;
}

/**
 * @throws TypeError `fetch failed` (with the system's cause), DOMException TimeoutError, RangeError for an answer beyond the size cap
 */
export async function get(url: string, headers: Record<string, string>): Promise<OutboundAnswer> {
  const response = await fetch(url, { headers, redirect: 'manual', signal: AbortSignal.timeout(OUTBOUND_TIMEOUT_MS) });
  if (response.status !== 200) {
    await response.body?.cancel();
    return { status: response.status, text: '' };
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    // Leaving the loop cancels the body, so that no more of it is read.
    if (size > OUTBOUND_MAX_BYTES) throw new RangeError(`the answer has more than ${OUTBOUND_MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return { status: 200, text: Buffer.concat(chunks).toString('utf8') };
}

/** What went wrong with a request, in a few words for `received`: "ECONNREFUSED", "no answer in 3 s". */
export function outboundFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no complete answer in ${OUTBOUND_TIMEOUT_MS / 1000} s`;
  const cause = error.cause as NodeJS.ErrnoException | undefined;
  return cause?.code ?? cause?.message ?? error.message;
}

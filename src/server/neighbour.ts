/** Recognises an agent-paste server that has the port which another one wants. */
import { boundedRequest } from '../callback/bounded-request.ts';
import { ISSUER_MAX_BYTES } from '../callback/issuer-request.ts';

/** Milliseconds: the port is of this machine, and what listens there may never answer. */
const TIMEOUT_MS = 1000;

/** Whether an agent-paste server answers there. It takes a second at most, whatever listens. */
export async function isAgentPaste(url: string): Promise<boolean> {
  try {
    const { status, text } = await boundedRequest(`${url}/local/verifier`, {
      headers: { accept: 'application/json' },
      timeoutMs: TIMEOUT_MS,
      maxBytes: ISSUER_MAX_BYTES,
    });
    return status === 200 && isVerifier(JSON.parse(text));
  } catch (error) {
    if (error instanceof Error) return false; // another program, which does not answer like this one
    throw error;
  }
}

function isVerifier(value: unknown): boolean {
  return ['issuer', 'client_id', 'client_id_claim', 'jwks_url', 'workos_api_url'].every(
    (name) => typeof (value as Readonly<Record<string, unknown>> | null)?.[name] === 'string',
  );
}

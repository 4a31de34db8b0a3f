/** Reading what the target shows of a user, besides the callback itself. */
import { Failure } from '../errors.ts';
import { SEND_TIMEOUT_MS } from '../replay/send.ts';

export interface Read {
  readonly status: number;
  readonly text: string;
}

/** @throws Failure unreachable, timed_out */
export async function readAs(url: string, path: string, credential: string): Promise<Read> {
  try {
    const response = await fetch(`${url.replace(/\/$/, '')}${path}`, {
      headers: { authorization: `Bearer ${credential}`, accept: 'application/json' },
      redirect: 'manual', // a credential is never sent on to another place
      signal: AbortSignal.timeout(SEND_TIMEOUT_MS),
    });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    if (error instanceof DOMException && error.name === 'TimeoutError')
      throw new Failure('timed_out', `${url} did not answer GET ${path} within ${SEND_TIMEOUT_MS / 1000} s`);
    throw new Failure('unreachable', `${url} cannot be reached for GET ${path}`, undefined, error);
  }
}

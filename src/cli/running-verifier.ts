/** Asks a running server for its verifier settings. */

import { get, requestFailure } from '../callback/issuer-request.ts';
import { Failure } from '../errors/failure.ts';
import { httpUrl, serverUrl } from '../machine/values/network.ts';
import type { VerifierSettings } from '../server/contract/schemas.ts';

/** @returns undefined for another API, without that route. @throws Failure unreachable if no server answers */
export async function askRunningServer(url: string): Promise<VerifierSettings | undefined> {
  const text = await answerOf(`${url}/local/verifier`);
  if (text === undefined) return undefined;
  const schemas = await import('../server/contract/schemas.ts');
  // A later version may return more fields.
  const read = schemas.VerifierSettings.loose().safeParse(jsonOf(text));
  if (!read.success) return undefined;
  const { jwks_url, workos_api_url } = read.data;
  const asked = (named: string) => askedUrl(url, named);
  return { ...read.data, jwks_url: asked(jwks_url), workos_api_url: asked(workos_api_url) };
}

/** The URLs that a server names: its own may be http; any other must be a URL that secrets may be sent to. */
function askedUrl(url: string, named: string): string {
  const form = URL.canParse(named) && new URL(named).origin === new URL(url).origin ? serverUrl : httpUrl;
  return form.read(
    named,
    (problem) => new Failure('unreachable', `${url} names a URL that is not asked: it ${problem}`),
  );
}

async function answerOf(url: string): Promise<string | undefined> {
  try {
    const { status, text } = await get(url, { accept: 'application/json' });
    return status === 200 ? text : undefined;
  } catch (error) {
    throw new Failure(
      'unreachable',
      `${url} cannot be asked: ${requestFailure(error)}`,
      'Start the server, or check --url.',
      error,
    );
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

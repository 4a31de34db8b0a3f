/** Asking a running server how it judges tokens. */
import type { VerifierSettings } from '../contract/schemas.ts';
import { Failure } from '../errors.ts';
import { get, outboundFailure } from '../identity/outbound.ts';
import { httpUrl } from '../setting-values.ts';

/** @returns undefined for a server without that route: another API. @throws Failure unreachable, when nothing answers */
export async function askRunningServer(url: string): Promise<VerifierSettings | undefined> {
  const text = await answerOf(`${url}/local/verifier`);
  if (text === undefined) return undefined;
  const schemas = await import('../contract/schemas.ts');
  // A later version may say more.
  const read = schemas.VerifierSettings.loose().safeParse(jsonOf(text));
  if (!read.success) return undefined;
  const { jwks_url, workos_api_url } = read.data;
  const refuse = (problem: string) => new Failure('unreachable', `${url} names a URL that is not asked: ${problem}`);
  return { ...read.data, jwks_url: httpUrl(jwks_url, refuse), workos_api_url: httpUrl(workos_api_url, refuse) };
}

async function answerOf(url: string): Promise<string | undefined> {
  try {
    const { status, text } = await get(url, { accept: 'application/json' });
    return status === 200 ? text : undefined;
  } catch (error) {
    throw new Failure(
      'unreachable',
      `${url} cannot be asked: ${outboundFailure(error)}`,
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

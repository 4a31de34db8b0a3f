/** What has to be asked: the port, and in remote mode the issuer. */
import { createServer } from 'node:net';
import type { Settings } from '../config.ts';
import { ApiError, REASONS } from '../errors.ts';
import { remoteKeys } from '../identity/keys.ts';
import { get, outboundFailure } from '../identity/outbound.ts';
import { error, type Finding, ok, warning } from './finding.ts';

/** Seconds by which clocks may differ before a fresh token is refused by somebody. */
const MAX_CLOCK_DIFFERENCE = 30;

export async function checkPort({ host, port }: Settings): Promise<Finding> {
  const where = `${host}:${port}`;
  const failure = await tryListening(host, port);
  if (failure === undefined) return ok('port', `${where} is free`);
  if (failure !== 'EADDRINUSE')
    return error('port', `cannot listen on ${where}: ${failure}`, 'Choose another --host or --port.');
  const ours = await isOurs(`http://${where}`);
  return ours
    ? ok('port', `a server answers at ${where}`)
    : error('port', `${where} is in use by another program`, 'Choose another with --port, or stop that program.');
}

function tryListening(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (problem: NodeJS.ErrnoException) => resolve(problem.code ?? problem.message));
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}

async function isOurs(url: string): Promise<boolean> {
  try {
    const { status, text } = await get(`${url}/healthz`, {});
    return status === 200 && text === '{"status":"ok"}';
  } catch (problem) {
    if (problem instanceof Error) return false; // whatever it is, it does not speak like our server
    throw problem;
  }
}

/** Nothing in local mode: this program plays WorkOS itself. */
export async function checkIssuer(settings: Settings, now: () => number): Promise<Finding[]> {
  const baseUrl = settings['workos-api-url'];
  const jwksUrl =
    settings['jwks-url'] ?? (baseUrl === undefined ? undefined : `${baseUrl}/sso/jwks/${settings['client-id']}`);
  if (jwksUrl === undefined) return [];
  const users = baseUrl === undefined ? [] : [await checkUserEndpoint(baseUrl, settings['workos-api-key'])];
  return [await checkJwks(jwksUrl), ...users, await checkClock(jwksUrl, now)];
}

async function checkJwks(url: string): Promise<Finding> {
  try {
    await remoteKeys({ url, maxAgeMs: 1000, cooldownMs: 0 }).reload();
    return ok('jwks', `${url} answers with keys`);
  } catch (problem) {
    if (!(problem instanceof ApiError) || problem.reason === undefined) throw problem;
    return error(
      'jwks',
      `${url}: ${problem.message} (${problem.detail.received ?? problem.reason})`,
      REASONS[problem.reason].remedy,
    );
  }
}

async function checkUserEndpoint(baseUrl: string, apiKey: string | undefined): Promise<Finding> {
  if (apiKey === undefined)
    return error(
      'user_endpoint',
      'WORKOS_API_KEY is not set',
      'Set it in the environment or in the configuration file.',
    );
  try {
    const { status } = await get(`${baseUrl}/user_management/users?limit=1`, { authorization: `Bearer ${apiKey}` });
    if (status === 200) return ok('user_endpoint', `${baseUrl} accepts the API key`);
    const refused = status === 401 || status === 403;
    const reason = refused ? 'workos_credentials_refused' : 'user_endpoint_unavailable';
    return error('user_endpoint', `${baseUrl} answers ${status}`, REASONS[reason].remedy);
  } catch (problem) {
    return error('user_endpoint', `${baseUrl}: ${outboundFailure(problem)}`, REASONS.user_endpoint_unavailable.remedy);
  }
}

async function checkClock(url: string, now: () => number): Promise<Finding> {
  try {
    const response = await fetch(url, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(3000) });
    const date = Date.parse(response.headers.get('date') ?? '');
    if (Number.isNaN(date)) return warning('clock', `${url} does not tell its time`, 'Compare the clocks by hand.');
    const seconds = Math.round((now() - date) / 1000);
    const apart = `${Math.abs(seconds)} s ${seconds < 0 ? 'behind' : 'ahead of'} the issuer`;
    return Math.abs(seconds) <= MAX_CLOCK_DIFFERENCE
      ? ok('clock', `${apart}`)
      : error('clock', `this clock is ${apart}`, 'Set the clock: tokens live five minutes.');
  } catch (problem) {
    return warning(
      'clock',
      `the issuer's clock cannot be asked: ${outboundFailure(problem)}`,
      'See the finding about the JWKS.',
    );
  }
}

/** Findings that need a request: to the port, and in remote mode to the issuer. */
import { createServer } from 'node:net';
import { boundedRequest } from '../../../callback/bounded-request.ts';
import { get, ISSUER_TIMEOUT_MS, jwksUrlAt, requestFailure } from '../../../callback/issuer-request.ts';
import { remoteKeys } from '../../../callback/token/keys.ts';
import { ApiError } from '../../../errors/api-error.ts';
import { REASONS } from '../../../errors/reasons.ts';
import { runningServers } from '../../../machine/server-notes.ts';
import type { Settings } from '../../../machine/settings.ts';
import { reachedAt } from '../../../machine/values/network.ts';
import { isAgentPaste } from '../../../server/neighbour.ts';
import { error, ok, warning } from '../../../store/diagnosis.ts';
import type { Finding } from './finding.ts';

/** With a larger difference of clocks, in seconds, some server refuses a fresh token. */
const MAX_CLOCK_DIFFERENCE = 30;

/** A server of another state at the usual port is why fresh tokens are refused, most of the time. */
export async function checkPort({ host, port, 'state-dir': stateDir }: Settings): Promise<Finding> {
  const where = `${host}:${port}`;
  const failure = await tryListening(host, port);
  if (failure === undefined) return ok('port', port === 0 ? `any free port of ${host}` : `${where} is free`);
  if (failure !== 'EADDRINUSE')
    return error('port', `cannot listen on ${where}: ${failure}`, 'Choose another --host or --port.');
  const running = runningServers(stateDir).find(({ url }) => new URL(url).port === String(port));
  if (running !== undefined)
    return ok('port', `agent-paste (pid ${running.pid}) answers at ${running.url}, with this state`);
  return (await isAgentPaste(reachedAt(host, port)))
    ? warning(
        'port',
        `a server of another state answers at ${where}: it refuses the tokens that are minted here`,
        `Name its --state-dir instead of ${stateDir}, or choose another --port for a server of your own.`,
      )
    : error('port', `${where} is in use by another program`, 'Choose another with --port, or stop that program.');
}

function tryListening(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (problem: NodeJS.ErrnoException) => resolve(problem.code ?? problem.message));
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}

/** No findings in local mode, because this program plays WorkOS itself. */
export async function checkIssuer(settings: Settings, now: () => number): Promise<Finding[]> {
  const baseUrl = settings['workos-api-url'];
  const jwksUrl =
    settings['jwks-url'] ?? (baseUrl === undefined ? undefined : jwksUrlAt(baseUrl, settings['client-id']));
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
    return error('user_endpoint', `${baseUrl}: ${requestFailure(problem)}`, REASONS.user_endpoint_unavailable.remedy);
  }
}

async function checkClock(url: string, now: () => number): Promise<Finding> {
  try {
    const { headers } = await boundedRequest(url, {
      method: 'HEAD',
      headers: {},
      timeoutMs: ISSUER_TIMEOUT_MS,
      maxBytes: 0,
    });
    const date = Date.parse(headers.date ?? '');
    if (Number.isNaN(date)) return warning('clock', `${url} does not tell its time`, 'Compare the clocks by hand.');
    const seconds = Math.round((now() - date) / 1000);
    const apart = `${Math.abs(seconds)} s ${seconds < 0 ? 'behind' : 'ahead of'} the issuer`;
    return Math.abs(seconds) <= MAX_CLOCK_DIFFERENCE
      ? ok('clock', `${apart}`)
      : error('clock', `this clock is ${apart}`, 'Set the clock: tokens live five minutes.');
  } catch (problem) {
    return warning(
      'clock',
      `the issuer's clock cannot be asked: ${requestFailure(problem)}`,
      'See the finding about the JWKS.',
    );
  }
}

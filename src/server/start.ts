/** The whole server put together, in three steps: open the state, wire the app over it, listen. */
import { clearImmediate, clearInterval, setImmediate, setInterval } from 'node:timers';
import { jwksUrlAt } from '../callback/issuer-request.ts';
import { Failure } from '../errors/failure.ts';
import { leaveServerNote, runningServers, type ServerNote } from '../machine/server-notes.ts';
import type { Settings } from '../machine/settings.ts';
import { statePaths } from '../machine/state-directory.ts';
import { isLoopback, reachedAt, urlName } from '../machine/values/network.ts';
import { isoTime } from '../machine/values/time.ts';
import { sdkEnvironment } from './environment.ts';
import { listen } from './http/listener.ts';
import { answerUnreadable } from './http/parser-errors.ts';
import { PATIENCE } from './http/patience.ts';
import { limitRefusals } from './log/refusal-limit.ts';
import type { ServerLog } from './log/request-log.ts';
import { isAgentPaste } from './neighbour.ts';
import type { RunningServer, ServerEdge, Wrapping } from './parts.ts';
import { openServerState, type ServerState } from './server-state.ts';
import { wire } from './wiring.ts';

/** Expired records are dropped when the server is ready, and then at this interval. */
const SWEEP_INTERVAL_MS = 600_000;

/** @throws Failure for settings that contradict each other, a state or a port that cannot be used */
export async function startServer(
  settings: Settings,
  edge: ServerEdge,
  wrapping: Wrapping = {},
): Promise<RunningServer> {
  refuseNetwork(settings);
  const closing = new AsyncDisposableStack();
  try {
    const state = await openServerState(settings, edge, wrapping, closing);
    const log = limitRefusals(edge.log);
    closing.defer(log.close);
    const sweeps = sweepsOf(state, edge.log);
    closing.defer(sweeps.ended);
    const { deps, fetch, standAt } = wire(settings, { ...edge, now: state.now }, state, log, wrapping);
    const { host } = settings;
    const patience = { ...PATIENCE, ...wrapping.patience };
    const { port, unanswered, stop } = await listen(
      fetch,
      host,
      settings.port,
      answerUnreadable(deps),
      patience,
      edge.isGuest,
    ).catch(async (failure: Failure) => {
      throw failure.code === 'conflict' ? await namingTheOther(failure, settings) : failure;
    });
    closing.defer(stop);
    const url = reachedAt(host, port);
    standAt(
      url,
      ['127.0.0.1', 'localhost', '[::1]', urlName(host)].map((name) => `${name}:${port}`),
    );
    closing.defer(
      leaveServerNote(statePaths(settings['state-dir']).directory, noteOf(settings, state, edge, url)).remove,
    );
    sweeps.start();
    closing.defer(sweeps.stop);
    return running(settings, state, { url, port, unanswered, stop: () => closing.disposeAsync() });
  } catch (error) {
    // The first failure is thrown: it says what to do.
    await closing.disposeAsync().catch(() => undefined);
    throw error;
  }
}

/** Says who has the port, if it is a server of this program. */
async function namingTheOther(failure: Failure, { host, port, 'state-dir': stateDir }: Settings): Promise<Failure> {
  const other = runningServers(stateDir).find(({ url }) => new URL(url).port === String(port));
  const url = other?.url ?? reachedAt(host, port);
  if (other === undefined && !(await isAgentPaste(url))) return failure;
  return new Failure(
    'conflict',
    other === undefined
      ? `${failure.message} by agent-paste with another state than ${stateDir}`
      : `port ${port} is in use by agent-paste (pid ${other.pid}), which runs with the same state ${stateDir}`,
    `Use it at ${url}${other === undefined ? ' with its own --state-dir' : ''}, stop it, or choose another --port.`,
    failure,
  );
}

function noteOf(settings: Settings, { db }: ServerState, { now }: ServerEdge, url: string): ServerNote {
  return {
    url,
    pid: process.pid,
    issuer: settings.issuer,
    client_id: settings['client-id'],
    db,
    started_at: isoTime(now()),
  };
}

function refuseNetwork({ host, 'allow-remote': allowRemote }: Settings): void {
  if (isLoopback(host) || allowRemote === 'true') return;
  throw new Failure(
    'invalid_argument',
    `--host ${host} would offer this server to the network`,
    'Add --allow-remote if that is what you want.',
  );
}

/** What expires in a state, and what drops it. */
interface Expiring {
  sweep(now: number, signal: AbortSignal): Promise<number>;
}

interface Sweeps {
  /** Sweeps soon, and then regularly. */
  start(): void;
  /** Asks those under way to end. No request of a stop waits for them. */
  stop(): void;
  /** Resolves when none is under way. */
  ended(): Promise<void>;
}

function sweepsOf({ store, issuer, now }: ServerState, log: ServerLog): Sweeps {
  const ending = new AbortController();
  const underWay = new Map<string, Promise<unknown>>();
  let first: NodeJS.Immediate | undefined;
  let regular: NodeJS.Timeout | undefined;
  const sweep = (what: string, expiring: Expiring | undefined) => {
    if (expiring === undefined || underWay.has(what)) return;
    const sweeping = expiring
      .sweep(now(), ending.signal)
      .catch((error) => log.warning(`expired ${what} could not be dropped: ${error.message}`))
      .finally(() => underWay.delete(what));
    underWay.set(what, sweeping);
  };
  const sweepAll = () => {
    sweep('records', store);
    sweep('sign-ins', issuer.authkit);
  };
  return {
    start() {
      // After the server is ready: however much has expired, no callback waits for it, nor for the code of the sign-in.
      first = setImmediate(sweepAll);
      regular = setInterval(sweepAll, SWEEP_INTERVAL_MS).unref();
    },
    stop() {
      clearImmediate(first);
      clearInterval(regular);
      ending.abort();
    },
    ended: async () => {
      await Promise.all(underWay.values());
    },
  };
}

function running(
  settings: Settings,
  { db, attempts, issuer, failed, openReads, empty, clock, now }: ServerState,
  { url, port, unanswered, stop }: Pick<RunningServer, 'url' | 'port' | 'unanswered' | 'stop'>,
): RunningServer {
  // Uses the host name that the SDKs of WorkOS are given.
  const signInHost = sdkEnvironment(port, settings).WORKOS_API_HOSTNAME;
  return {
    url,
    port,
    jwksUrl: settings['jwks-url'] ?? jwksUrlAt(settings['workos-api-url'] ?? url, settings['client-id']),
    callbackUrl: `${url}/v1/auth/web/callback`,
    authorizeUrl: issuer.authkit ? `http://${signInHost}:${port}/user_management/authorize` : null,
    db,
    clock,
    now,
    failed,
    openReads,
    reloadKeys: () => issuer.keys.reload(),
    flushLog: attempts.flush,
    empty,
    unanswered,
    stop,
  };
}

/** `agent-paste/testing`: a server with its own state in the process of a test. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };
import { systemRandom } from '../machine/random.ts';
import { defaultsOf, propertiesOf } from '../machine/settings/setting.ts';
import { VERIFIER_SETTINGS } from '../machine/settings/verifier.ts';
import { resolveSettings } from '../machine/settings.ts';
import { clockedBy } from '../machine/state-clock.ts';
import { openMinter } from '../server/minter.ts';
import type { ServerEdge } from '../server/parts.ts';
import { startTemporaryServer } from '../server/temporary-server.ts';
import { createGate } from './gate.ts';
import { createHolds } from './holds.ts';
import type { Judge } from './judging.ts';
import { leaseKeys } from './key-pool.ts';
import {
  asTypeError,
  FUNCTION,
  judged,
  OBJECT,
  refuseArgument,
  refuseOptions,
  refuseSettings,
  TEXT,
  TIME,
  TOKEN_REQUEST,
  tokenRequest,
  wrong,
} from './options.ts';
import { type Clock, testServer } from './test-server.ts';
import { shownToken } from './token.ts';
import type {
  CheckOptions,
  CheckReport,
  LoggedRequest,
  ReplayOptions,
  ReplayReport,
  ServerOptions,
  TestServer,
  Token,
  TokenRequest,
} from './types.ts';

export type * from './types.ts';

/** Requests that are kept for `log`. */
const MOST_LOGGED = 10_000;

const SERVER_OPTIONS = { stateDirectory: TEXT, settings: OBJECT, now: FUNCTION, onWarning: FUNCTION };

/** Starts it on a free port of 127.0.0.1. @throws TypeError for wrong options; Error for a state that cannot be used */
export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  refuseOptions('startServer', options, SERVER_OPTIONS);
  refuseSettings(options.settings);
  const { now = Date.now, onWarning = () => undefined, stateDirectory } = options;
  const clock = movable('startServer', now);
  const log: LoggedRequest[] = [];
  const holds = createHolds();
  const gate = createGate();
  // A test must not depend on its environment.
  const { values } = judged('startServer', () => resolveSettings({ port: '0', ...options.settings }, {}, undefined));
  const edge: ServerEdge = {
    now: clock.now,
    random: systemRandom(),
    version: manifest.version,
    isGuest: true,
    log: {
      request(entry) {
        log.push(entry);
        if (log.length > MOST_LOGGED) log.shift();
      },
      warning: onWarning,
      mail: () => undefined, // the answer and the page contain it
      bug: (error) => onWarning(error instanceof Error ? (error.stack ?? error.message) : String(error)),
    },
  };
  const lease = leaseKeys();
  // A directory that stays has keys of its own.
  const makeKey = stateDirectory === undefined ? { makeKey: lease.take } : {};
  const server = await startTemporaryServer(values, edge, {
    stateDirectory: stateDirectory === undefined ? undefined : resolve(stateDirectory),
    purpose: 'test',
    wrapping: { fetch: gate.wrap, hold: holds.at, ...makeKey },
  }).catch((error) => {
    lease[Symbol.dispose]();
    throw asTypeError('startServer', error);
  });
  return testServer(server, { onWarning, clock, log, holds, gate, lease });
}

/** @throws TypeError for a clock that tells no time */
function movable(what: string, clock: () => number): Clock {
  refuseArgument(`${what}: the time of now()`, clock(), TIME);
  let ahead = 0;
  return {
    now: () => clock() + ahead,
    advance(time) {
      ahead += time;
    },
    reset() {
      ahead = 0;
    },
  };
}

export interface MintOptions extends TokenRequest {
  /** The state directory of the server that must accept the token. */
  readonly stateDirectory: string;
  /** The clock, in milliseconds since 1970; that of the server by default. */
  readonly now?: () => number;
}

/** A token for a server in another process that uses this state directory, as `agent-paste exec` starts one. */
export async function mint(options: MintOptions): Promise<Token> {
  refuseOptions('mint', options, { ...TOKEN_REQUEST, stateDirectory: TEXT, now: FUNCTION });
  const { stateDirectory, now, ...request } = options;
  refuseArgument('mint: stateDirectory', stateDirectory, TEXT);
  const wanted = tokenRequest('mint', request);
  if (!existsSync(stateDirectory)) throw wrong(`mint: there is no state directory ${stateDirectory}`);
  const { issuer, clientId } = propertiesOf(VERIFIER_SETTINGS, defaultsOf(VERIFIER_SETTINGS));
  const clock = now ?? clockedBy({ 'state-dir': stateDirectory }, Date.now);
  using minter = await openMinter({ stateDir: stateDirectory, issuer, clientId, now: clock, random: systemRandom() });
  return shownToken(judged('mint', () => minter.mint(wanted)));
}

export interface Elsewhere {
  /** Base URL of the API that is judged. */
  readonly url: string;
  /** The state directory of the server whose tokens it trusts. */
  readonly stateDirectory: string;
}

/** As `replay` of a server, for a server in another process. */
export function replay(options: ReplayOptions & Elsewhere): Promise<ReplayReport> {
  return elsewhere('replay', options, async (judge, given) => (await import('./judging.ts')).replayOn(judge, given));
}

/** As `check` of a server, for a server in another process. */
export function check(options: CheckOptions & Elsewhere): Promise<CheckReport> {
  return elsewhere('check', options, async (judge, given) => (await import('./judging.ts')).checkOn(judge, given));
}

async function elsewhere<Options extends Elsewhere, Report>(
  what: string,
  options: Options,
  judging: (judge: Judge, options: Omit<Options, 'stateDirectory'>) => Promise<Report>,
): Promise<Report> {
  refuseArgument(`${what}: the options`, options, OBJECT);
  const { stateDirectory, ...given } = options;
  refuseArgument(`${what}: url`, given.url, TEXT);
  refuseArgument(`${what}: stateDirectory`, stateDirectory, TEXT);
  if (!existsSync(stateDirectory)) throw wrong(`${what}: there is no state directory ${stateDirectory}`);
  const { issuer, clientId } = propertiesOf(VERIFIER_SETTINGS, defaultsOf(VERIFIER_SETTINGS));
  const edge = { now: Date.now, random: systemRandom() };
  using minter = await openMinter({ stateDir: stateDirectory, issuer, clientId, ...edge });
  return await judging({ minter, url: given.url, ...edge }, given);
}

/** `agent-paste/testing`: a server with its own state in the process of a test. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };
import { Failure } from '../errors/failure.ts';
import { systemRandom } from '../machine/random.ts';
import { defaultsOf, propertiesOf } from '../machine/settings/setting.ts';
import { VERIFIER_SETTINGS } from '../machine/settings/verifier.ts';
import { resolveSettings } from '../machine/settings.ts';
import { databaseOf, statePaths } from '../machine/state-directory.ts';
import { openMinter } from '../server/minter.ts';
import type { ServerEdge } from '../server/parts.ts';
import { startTemporaryServer, type TemporaryServer } from '../server/temporary-server.ts';
import { openReadStore } from '../store/open.ts';
import {
  FUNCTION,
  OBJECT,
  refuseList,
  refuseOptions,
  refuseSettings,
  TEXT,
  timeAhead,
  tokenRequest,
  wrong,
} from './options.ts';
import { rowsWhere } from './rows.ts';
import { shownToken } from './token.ts';
import type { Inspected, LoggedRequest, ServerOptions, TestServer, Token, TokenRequest } from './types.ts';
import { addUser, changeEmail } from './users.ts';

export type * from './types.ts';

/** Requests that are kept for `log`. */
const MOST_LOGGED = 10_000;

const SERVER_OPTIONS = { stateDirectory: TEXT, settings: OBJECT, now: FUNCTION, onWarning: FUNCTION };

/** Starts it on a free port of 127.0.0.1. @throws Error for invalid settings, or a state that cannot be used */
export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  refuseOptions('startServer', options, SERVER_OPTIONS);
  refuseSettings(options.settings);
  const { now: clock = Date.now, onWarning = () => undefined, stateDirectory } = options;
  let ahead = 0;
  const now = () => clock() + ahead;
  const log: LoggedRequest[] = [];
  // A test must not depend on its environment.
  const { values } = resolveSettings({ port: '0', ...options.settings }, {}, undefined);
  const edge: ServerEdge = {
    now,
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
  const server = await startTemporaryServer(values, edge, {
    stateDirectory: stateDirectory === undefined ? undefined : resolve(stateDirectory),
    purpose: 'test',
  });
  const advance = (time: number | string) => {
    ahead += timeAhead('advance', time);
  };
  return testServer(server, { onWarning, now, log, advance });
}

interface TestEdge extends Pick<TestServer, 'log' | 'advance'> {
  readonly onWarning: (message: string) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export interface MintOptions extends TokenRequest {
  /** The state directory of the server that must accept the token. */
  readonly stateDirectory: string;
  /** The clock, in milliseconds since 1970. */
  readonly now?: () => number;
}

/** A token for a server in another process that uses this state directory, as `agent-paste exec` starts one. */
export async function mint({ stateDirectory, now = Date.now, ...request }: MintOptions): Promise<Token> {
  refuseOptions('mint', { stateDirectory: stateDirectory ?? null, now }, { stateDirectory: TEXT, now: FUNCTION });
  const wanted = tokenRequest('mint', request);
  if (!existsSync(stateDirectory)) throw wrong(`mint: there is no state directory ${stateDirectory}`);
  const { issuer, clientId } = propertiesOf(VERIFIER_SETTINGS, defaultsOf(VERIFIER_SETTINGS));
  using minter = await openMinter({ stateDir: stateDirectory, issuer, clientId, now, random: systemRandom() });
  return shownToken(minter.mint(wanted));
}

function testServer(server: TemporaryServer, { onWarning, now, log, advance }: TestEdge): TestServer {
  const { settings, minter } = server;
  const { url, callbackUrl, jwksUrl, flushLog } = server.running();
  const { users, keyring } = minter;
  const random = systemRandom();
  const paths = statePaths(settings['state-dir']);
  let stopped = false;
  const stop = async () => {
    stopped = true;
    await server[Symbol.asyncDispose]();
  };
  const refuseStopped = (what: string) => {
    if (stopped) throw new Failure('invalid_argument', `${what}: this server was stopped`, 'Call it before stop().');
  };
  return {
    url,
    callbackUrl,
    jwksUrl,
    stateDirectory: paths.directory,
    env: server.environment(),
    mint(request = {}) {
      refuseStopped('mint');
      return shownToken(minter.mint(tokenRequest('mint', request)));
    },
    log,
    async inspect(what, options = {}) {
      refuseStopped('inspect');
      refuseList(what);
      await flushLog();
      await using store = await openReadStore({ database: databaseOf(settings, paths), users: paths.users }, onWarning);
      // A database of this program holds a value for every field.
      return (await rowsWhere(store, what, options)) as readonly Inspected[typeof what][];
    },
    addUser(user) {
      refuseStopped('addUser');
      return addUser({ users, now, random }, user);
    },
    changeEmail(id, email) {
      refuseStopped('changeEmail');
      changeEmail({ users, now }, id, email);
    },
    removeUser(id) {
      refuseStopped('removeUser');
      return users.remove(id);
    },
    async rotateKeys() {
      refuseStopped('rotateKeys');
      return (await keyring.rotate(now())).kid;
    },
    async retireKey(kid) {
      refuseStopped('retireKey');
      await keyring.retire(kid, now());
    },
    advance,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

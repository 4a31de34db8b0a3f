/** `agent-paste/testing`: the server in the process of a test, with state of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };
import { LOCAL_API_KEY, resolveSettings, type Settings } from '../config.ts';
import { openKeyring } from '../issuer/keyring.ts';
import { systemRandom } from '../random.ts';
import { databasePath, type RunningServer, startServer as start } from '../serve.ts';
import { openStateDirectory, statePaths } from '../state-directory.ts';
import { openDirectory } from '../store/directory.ts';
import { openInspection } from '../store/inspection.ts';
import type { Inspected, ServerOptions, TestServer, Token, TokenRequest } from './types.ts';
import { userToken } from './user-token.ts';

export type * from './types.ts';

const ROWS = 100;

/** On a free port of 127.0.0.1. @throws Error for settings that are not accepted, a state that cannot be used */
export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  const { now = Date.now, onWarning = () => undefined } = options;
  const temporary = options.stateDirectory === undefined ? mkdtempSync(join(tmpdir(), 'agent-paste-test-')) : undefined;
  const stateDirectory = resolve(options.stateDirectory ?? (temporary as string));
  const removeState = () => {
    if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true });
  };
  try {
    const { values } = resolveSettings(
      { port: '0', ...options.settings, 'state-dir': stateDirectory },
      {}, // a test does not depend on the environment of whoever runs it
      undefined,
    );
    const running = await start(values, {
      now,
      random: systemRandom(),
      version: manifest.version,
      log: {
        request: () => undefined,
        warning: onWarning,
        bug: (error) => onWarning(error instanceof Error ? (error.stack ?? error.message) : String(error)),
      },
    });
    return testServer({ running, settings: values, now, onWarning, removeState });
  } catch (error) {
    removeState();
    throw error;
  }
}

export interface MintOptions extends TokenRequest {
  /** The state directory of the server that is to accept the token. */
  readonly stateDirectory: string;
  /** The clock, in milliseconds since 1970. */
  readonly now?: () => number;
}

/** A token for a server in another process that uses this state directory, as `agent-paste exec` starts one. */
export async function mint({ stateDirectory, now = Date.now, ...request }: MintOptions): Promise<Token> {
  const { values } = resolveSettings({ 'state-dir': stateDirectory }, {}, undefined);
  const { signingKeys } = openStateDirectory(stateDirectory);
  await openKeyring(signingKeys).ensure(now());
  return mintFor(request, values, now());
}

interface Parts {
  readonly running: RunningServer;
  readonly settings: Settings;
  readonly now: () => number;
  readonly onWarning: (message: string) => void;
  readonly removeState: () => void;
}

function testServer({ running, settings, now, onWarning, removeState }: Parts): TestServer {
  const paths = statePaths(settings['state-dir']);
  const stop = async () => {
    await running.stop();
    removeState();
  };
  return {
    url: running.url,
    callbackUrl: running.callbackUrl,
    jwksUrl: running.jwksUrl,
    stateDirectory: paths.directory,
    env: {
      AGENT_PASTE_API_URL: running.url,
      AGENT_PASTE_STATE_DIR: paths.directory,
      WORKOS_API_BASE_URL: settings['workos-api-url'] ?? running.url,
      WORKOS_API_KEY: settings['workos-api-key'] ?? LOCAL_API_KEY,
      WORKOS_CLIENT_ID: settings['client-id'],
      WORKOS_ISSUER: settings.issuer,
      WORKOS_JWKS_URL: running.jwksUrl,
    },
    mint: (request = {}) => mintFor(request, settings, now()),
    inspect(what) {
      const database = databasePath(settings, paths);
      running.flushLog();
      const inspection = openInspection({ database, users: paths.users, onWarning });
      try {
        const rows: readonly Inspected[keyof Inspected][] = inspection.list(what, { limit: ROWS }).items;
        return rows as readonly Inspected[typeof what][];
      } finally {
        inspection.close();
      }
    },
    removeUser(id) {
      const users = openDirectory(paths.users);
      try {
        return users.remove(id);
      } finally {
        users.close();
      }
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** @throws Failure */
function mintFor(request: TokenRequest, settings: Settings, now: number): Token {
  const paths = statePaths(settings['state-dir']);
  const users = openDirectory(paths.users);
  try {
    return userToken(request, {
      users,
      keyring: openKeyring(paths.signingKeys),
      issuer: settings.issuer,
      clientId: settings['client-id'],
      now,
      random: systemRandom(),
    });
  } finally {
    users.close();
  }
}

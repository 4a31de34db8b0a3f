/** Several real server processes on one state directory, and tokens that all of them accept. */

import { systemRandom } from '../../src/machine/random.ts';
import { LOCAL_CLIENT_ID, WORKOS_ISSUER } from '../../src/machine/settings.ts';
import { type StatePaths, statePaths } from '../../src/machine/state-directory.ts';
import { openDirectory } from '../../src/store/sqlite/users.ts';
import { openKeyring } from '../../src/workos/keys/keyring.ts';
import { type MintOptions, mintToken } from '../../src/workos/tokens/mint.ts';
import { newUser } from '../../src/workos/users.ts';
import { type ServerProcess, serverProcess } from './binary.ts';
import { temporaryDirectory } from './directory.ts';
import { databaseEnvironment, databaseIn } from './stored.ts';

export interface FleetAnswer {
  readonly status: number;
  readonly text: string;
  readonly replayed: boolean;
  readonly milliseconds: number;
}

export interface Fleet extends AsyncDisposable {
  readonly servers: ServerProcess[];
  readonly paths: StatePaths;
  /** For commands beside the servers. */
  readonly environment: Record<string, string>;
  /** Tokens of one user, who is added to the directory. */
  mint(sub: string, count?: number, options?: Partial<MintOptions>): string[];
  /** Posts to the server of that number. */
  post(server: number, token: string): Promise<FleetAnswer>;
  /** Starts one more. */
  start(args?: readonly string[], env?: Record<string, string>): Promise<ServerProcess>;
}

/** Starts them at once, on a state directory that does not exist yet. */
export async function fleet(size: number, args: readonly string[] = []): Promise<Fleet> {
  const directory = temporaryDirectory();
  const paths = { ...statePaths(directory.path), database: databaseIn(directory.path) };
  const environment = databaseEnvironment(directory.path);
  const random = systemRandom();
  const start = (more: readonly string[] = args, env: Record<string, string> = {}) =>
    serverProcess(['--state-dir', directory.path, '--log', 'off', ...more], { env: { ...environment, ...env } });
  const starts = await Promise.allSettled(Array.from({ length: size }, () => start()));
  const servers = starts.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  for (const each of starts) {
    if (each.status === 'fulfilled') continue;
    await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
    throw each.reason;
  }
  const keyring = openKeyring(paths.signingKeys);
  const users = openDirectory(paths.users);

  return {
    servers,
    paths,
    environment,
    mint(sub, count = 1, options = {}) {
      const now = Date.now();
      if (users.find(sub) === undefined) users.add(newUser(sub, `${sub}@example.com`, new Date(now).toISOString()));
      return Array.from(
        { length: count },
        () =>
          mintToken({ issuer: WORKOS_ISSUER, clientId: LOCAL_CLIENT_ID, ...options, sub }, { keyring, now, random })
            .token,
      );
    },
    async post(server, token) {
      const started = performance.now();
      const response = await fetch(servers[server]!.ready.callback_url, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
      });
      return {
        status: response.status,
        text: await response.text(),
        replayed: response.headers.get('idempotency-replayed') === 'true',
        milliseconds: performance.now() - started,
      };
    },
    async start(more, env) {
      const server = await start(more, env);
      servers.push(server);
      return server;
    },
    async [Symbol.asyncDispose]() {
      users.close();
      await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
      directory[Symbol.dispose]();
    },
  };
}

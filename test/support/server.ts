/** The real server in this process: real port, real SQLite files, real signatures; clock and log are ours. */
import { resolveSettings, type SettingName } from '../../src/config.ts';
import type { RequestLogEntry } from '../../src/http/request-log.ts';
import { type Keyring, openKeyring } from '../../src/issuer/keyring.ts';
import { type MintedToken, type MintOptions, mintToken } from '../../src/issuer/mint.ts';
import { newUser } from '../../src/local-users.ts';
import { systemRandom } from '../../src/random.ts';
import { type RunningServer, startServer, type Wrapping } from '../../src/serve.ts';
import { type StatePaths, statePaths } from '../../src/state-directory.ts';
import { openDirectory, type UserDirectory } from '../../src/store/directory.ts';
import { type TemporaryDirectory, temporaryDirectory } from './directory.ts';

export interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly callbackUrl: string;
  readonly running: RunningServer;
  readonly paths: StatePaths;
  readonly keyring: Keyring;
  readonly users: UserDirectory;
  readonly logged: RequestLogEntry[];
  readonly warnings: string[];
  readonly bugs: unknown[];
  /** Sets the clock of the server and of `mint`, in milliseconds since 1970; undefined for the real one. */
  setClock(now: number | undefined): void;
  /** A token of a user who is in the directory; a fresh user for each new address. */
  mint(options?: Partial<MintOptions> & { email?: string }): MintedToken;
  post(token: string | undefined, headers?: Record<string, string>): Promise<Answer>;
  get(path: string, token?: string): Promise<Answer>;
  /** Stops the server and starts another on the same state. */
  restart(flags?: Flags): Promise<TestServer>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  // biome-ignore lint/suspicious/noExplicitAny: the body of an answer is whatever the test says it is
  readonly body: any;
}

export type Flags = Partial<Record<SettingName, unknown>>;

export async function testServer(
  flags: Flags = {},
  directory: TemporaryDirectory = temporaryDirectory(),
  wrapping: Wrapping = {},
): Promise<TestServer> {
  const { values } = resolveSettings({ 'state-dir': directory.path, port: '0', ...flags }, {}, undefined);
  const random = systemRandom();
  const logged: RequestLogEntry[] = [];
  const warnings: string[] = [];
  const bugs: unknown[] = [];
  let clock: number | undefined;
  const now = () => clock ?? Date.now();
  const running = await startServer(
    values,
    {
      now,
      random,
      version: '0.0.0-test',
      log: {
        request: (entry) => logged.push(entry),
        warning: (text) => warnings.push(text),
        bug: (error) => bugs.push(error),
      },
    },
    wrapping,
  );
  const paths = statePaths(directory.path);
  const keyring = openKeyring(paths.signingKeys);
  await keyring.ensure(now());
  const users = openDirectory(paths.users);

  const send = async (path: string, init: RequestInit): Promise<Answer> => {
    const response = await fetch(`${running.url}${path}`, init);
    const bytes = Buffer.from(await response.arrayBuffer());
    const isJson = response.headers.get('content-type')?.startsWith('application/json');
    return {
      status: response.status,
      headers: response.headers,
      bytes,
      body: isJson ? JSON.parse(bytes.toString()) : undefined,
    };
  };
  const bearer = (token: string | undefined): Record<string, string> =>
    token === undefined ? {} : { authorization: `Bearer ${token}` };

  return {
    url: running.url,
    callbackUrl: running.callbackUrl,
    running,
    paths,
    keyring,
    users,
    logged,
    warnings,
    bugs,
    setClock: (to) => {
      clock = to;
    },
    mint({ email = 'ada@example.com', ...options } = {}) {
      let sub = options.sub ?? users.findByEmail(email)?.id;
      if (sub === undefined) {
        sub = `user_${random.ulid(now())}`;
        users.add(newUser(sub, email, new Date(now()).toISOString()));
      } else if (options.sub !== undefined && users.find(sub) === undefined && /^[A-Za-z0-9_-]+$/.test(sub)) {
        users.add(newUser(sub, email, new Date(now()).toISOString()));
      }
      return mintToken(
        { issuer: values.issuer, clientId: values['client-id'], ...options, sub },
        { keyring, now: now(), random },
      );
    },
    post: (token, headers = {}) =>
      send('/v1/auth/web/callback', { method: 'POST', headers: { ...bearer(token), ...headers } }),
    get: (path, token) => send(path, { headers: bearer(token) }),
    async restart(changed = {}) {
      users.close();
      await running.stop();
      return testServer({ ...flags, ...changed }, directory, wrapping);
    },
    async [Symbol.asyncDispose]() {
      users.close();
      await running.stop();
      directory[Symbol.dispose]();
    },
  };
}

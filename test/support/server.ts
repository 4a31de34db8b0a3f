/**
 * The server of `agent-paste/testing` in this process: real port, real SQLite files, real signatures. Our own tests may
 * also move its clock, read its log and wrap its pieces.
 */
import { systemRandom } from '../../src/machine/random.ts';
import { resolveSettings, type SettingName } from '../../src/machine/settings.ts';
import { type StatePaths, statePaths } from '../../src/machine/state-directory.ts';
import { isUserId } from '../../src/machine/values/user.ts';
import type { RequestLogEntry } from '../../src/server/log/request-log.ts';
import type { RunningServer, Wrapping } from '../../src/server/parts.ts';
import { startTemporaryServer, type TemporaryServer } from '../../src/server/temporary-server.ts';
import type { Store } from '../../src/store/store.ts';
import type { Keyring } from '../../src/workos/keys/keyring.ts';
import { type MintedToken, type MintOptions, mintToken } from '../../src/workos/tokens/mint.ts';
import type { UserDirectory } from '../../src/workos/users.ts';
import { type TemporaryDirectory, temporaryDirectory } from './directory.ts';
import { placeMadeKey } from './made-keys.ts';
import { databaseEnvironment, databaseIn } from './stored.ts';

export interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly callbackUrl: string;
  readonly running: RunningServer;
  readonly paths: StatePaths;
  readonly keyring: Keyring;
  readonly users: UserDirectory;
  readonly logged: RequestLogEntry[];
  readonly warnings: string[];
  readonly mails: readonly { readonly to: string; readonly code: string }[];
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
  const logged: RequestLogEntry[] = [];
  const warnings: string[] = [];
  const mails: { readonly to: string; readonly code: string }[] = [];
  const bugs: unknown[] = [];
  let clock: number | undefined;
  const now = () => clock ?? Date.now();
  const { values } = resolveSettings({ port: '0', ...flags }, databaseEnvironment(directory.path), undefined);
  const log = {
    request: (entry: RequestLogEntry) => logged.push(entry),
    warning: (text: string) => warnings.push(text),
    mail: (mail: { readonly to: string; readonly code: string }) => mails.push(mail),
    bug: (error: unknown) => bugs.push(error),
  };
  placeMadeKey(directory.path, now());
  let sweeping: Promise<number> | undefined;
  const watched = (store: Store): Store => ({
    ...store,
    sweep: (...given) => {
      const swept = store.sweep(...given);
      sweeping ??= swept;
      return swept;
    },
  });
  const edge = { now, random: systemRandom(), version: '0.0.0-test', log };
  const server = await startTemporaryServer(values, edge, {
    stateDirectory: directory.path,
    purpose: 'test',
    wrapping: wrapping.store === undefined ? { ...wrapping, store: watched } : wrapping,
  });
  const running = server.running();
  const { url, callbackUrl } = running;
  const { keyring, users } = server.minter;
  // The first sweep comes after the start, and drops what has expired by the real clock: a test begins after it.
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  await sweeping?.catch(() => undefined); // the server warns of it
  return {
    url,
    callbackUrl,
    running,
    paths: { ...statePaths(directory.path), database: databaseIn(directory.path) },
    keyring,
    users,
    logged,
    warnings,
    mails,
    bugs,
    setClock: (to) => {
      clock = to;
    },
    mint: (options = {}) => minted(server, options, now()),
    post: (token, headers = {}) => send(callbackUrl, { method: 'POST', headers: { ...bearer(token), ...headers } }),
    get: (path, token) => send(`${url}${path}`, { headers: bearer(token) }),
    async restart(changed = {}) {
      await server[Symbol.asyncDispose]();
      return testServer({ ...flags, ...changed }, directory, wrapping);
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      directory[Symbol.dispose]();
    },
  };
}

/** As the library mints; a user id that the directory would not take goes into the token all the same. */
function minted(
  { minter, settings }: TemporaryServer,
  { email, sub, ...options }: Partial<MintOptions> & { email?: string },
  now: number,
): MintedToken {
  if (sub !== undefined && !isUserId(sub)) {
    const { issuer, 'client-id': clientId } = settings;
    const { keyring } = minter;
    return mintToken({ issuer, clientId, ...options, sub }, { keyring, now, random: systemRandom() });
  }
  const isKnown = sub !== undefined && minter.users.find(sub) !== undefined;
  const user = { ...(sub === undefined ? {} : { sub }), ...(isKnown ? {} : { email: email ?? 'ada@example.com' }) };
  return minter.mint({ ...options, ...user });
}

function bearer(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

async function send(url: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(url, init);
  const bytes = Buffer.from(await response.arrayBuffer());
  const isJson = response.headers.get('content-type')?.startsWith('application/json');
  return {
    status: response.status,
    headers: response.headers,
    bytes,
    body: isJson ? JSON.parse(bytes.toString()) : undefined,
  };
}

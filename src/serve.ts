/** The whole server put together: state directory, store, verifier, local WorkOS, app, listener. */

import { createCallback, type Hold, type HoldPoint, type ResolveCallback } from './callback.ts';
import { LOCAL_API_KEY, type Settings } from './config.ts';
import { Failure } from './errors.ts';
import { hostName } from './http/access.ts';
import { type AppDeps, createApp } from './http/app.ts';
import { limitRefusals } from './http/refusal-limit.ts';
import type { ServerLog } from './http/request-log.ts';
import { type Fetch, listen } from './http/server.ts';
import { answerUnreadable } from './http/unreadable.ts';
import type { LocalWorkos } from './http/workos-routes.ts';
import { type KeySource, localKeys, remoteKeys } from './identity/keys.ts';
import { createTokenMemo } from './identity/token-memo.ts';
import { localUsers, remoteUsers, type UserLookup } from './identity/users.ts';
import type { Verifier } from './identity/verify.ts';
import { openKeyring } from './issuer/keyring.ts';
import type { RandomSource } from './random.ts';
import { isLoopback } from './setting-values.ts';
import { openStateDirectory, type StatePaths } from './state-directory.ts';
import { attemptsPath, openAttemptLog } from './store/attempts.ts';
import { openDirectory } from './store/directory.ts';
import { openPeppers, temporaryPeppers } from './store/peppers.ts';
import { openSqliteStore } from './store/sqlite.ts';
import type { Store } from './store/store.ts';

/** What the world gives: clock, randomness, a place for log lines. */
export interface ServerEdge {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly random: RandomSource;
  readonly log: ServerLog;
  readonly version: string;
}

/** Wraps pieces of the server, each around the right one: how `--bug` gets in without a branch in any of them. */
export interface Wrapping {
  readonly store?: Wrap<Store>;
  readonly verifier?: Wrap<Verifier>;
  readonly callback?: Wrap<ResolveCallback>;
  readonly fetch?: (fetch: Fetch, deps: AppDeps) => Fetch;
}

type Wrap<T> = (piece: T) => T;

export interface RunningServer {
  readonly url: string;
  readonly port: number;
  readonly jwksUrl: string;
  readonly callbackUrl: string;
  /** The database file, or `:memory:`. */
  readonly db: string;
  /** Resolves when the server cannot go on, though it still answers: it is to be stopped then. */
  readonly failed: Promise<Failure>;
  /** Fetches the JWKS anew at once. */
  reloadKeys(): Promise<void>;
  /** Writes what waits for the log of callback attempts, for whoever reads it next. */
  flushLog(): void;
  /** Lets running requests end, writes what is waiting, closes the files. */
  stop(): Promise<void>;
}

/** Unknown `kid`s may ask a remote JWKS again after this many milliseconds. */
const JWKS_COOLDOWN_MS = 5000;
/** Within the five seconds that a stop may take, this is for running requests. */
const STOP_GRACE_MS = 4000;
/** Expired records are dropped at start and then every so many milliseconds. */
const SWEEP_INTERVAL_MS = 600_000;

/** @throws Failure for settings that contradict each other, a state that cannot be used, a port that cannot be had */
export async function startServer(
  settings: Settings,
  edge: ServerEdge,
  wrapping: Wrapping = {},
): Promise<RunningServer> {
  const { host } = settings;
  if (!isLoopback(host) && settings['allow-remote'] !== 'true') {
    throw new Failure(
      'invalid_argument',
      `--host ${host} would offer this server to the network`,
      'Add --allow-remote if that is what you want.',
    );
  }
  const closing: (() => void | Promise<void>)[] = [];
  try {
    const seed = settings.seed === undefined ? undefined : (await import('./seed.ts')).readSeed(settings.seed);
    const remote = settings['workos-api-url'] === undefined ? undefined : openRemoteIssuer(settings);
    const paths = openStateDirectory(settings['state-dir']);
    // Begun first: a new signing key is made off this thread while the databases open.
    const issuing = remote === undefined ? openLocalIssuer(settings, paths, edge) : Promise.resolve(remote);
    issuing.catch(() => undefined); // thrown where it is awaited, below or in `closeAll`
    closing.push(async () => (await issuing).localWorkos?.users.close());
    const db = databasePath(settings, paths);
    const peppers = db === ':memory:' ? temporaryPeppers(edge.random) : openPeppers(paths.peppers, db, edge.random);
    const keyEnvironment = settings['key-env'];
    const failed = Promise.withResolvers<Failure>();
    const onReplaced = () => failed.resolve(databaseReplaced(db));
    const opened = openSqliteStore({ path: db, peppers, random: edge.random, keyEnvironment, onReplaced });
    const store = wrapped(opened, wrapping.store);
    closing.push(() => store.close());
    await seed?.write({
      store,
      users: paths.users,
      pepper: peppers.current,
      keyEnvironment,
      now: edge.now(),
      random: edge.random,
    });
    await store.sweep(edge.now());

    const log = limitRefusals(edge.log);
    closing.push(log.close);
    const attempts = openAttemptLog({ path: attemptsPath(db), onWarning: log.warning });
    closing.push(() => attempts.close());
    const issuer = await issuing;

    const hosts = new Set(settings['allow-host'].map(hostName));
    const hold = holdsOf(settings);
    const verifier: Verifier = {
      keys: issuer.keys,
      memo: createTokenMemo(),
      settings: {
        issuer: settings.issuer,
        clientId: settings['client-id'],
        clientIdClaim: settings['client-id-claim'],
        clockTolerance: settings['clock-tolerance'],
      },
    };
    const callback = createCallback(
      store,
      {
        idempotencyTtlMs: settings['idempotency-ttl'],
        inFlight: settings['in-flight'],
        inFlightWaitMs: settings['in-flight-wait'],
      },
      hold,
    );
    let openApi: Promise<string> | undefined;
    const deps: AppDeps = {
      verifier: wrapped(verifier, wrapping.verifier),
      lookup: issuer.lookup,
      callback: wrapped(callback, wrapping.callback),
      hold,
      store,
      access: { hosts, origins: new Set(settings['allow-origin']) },
      log,
      recordAttempt: attempts.record,
      now: edge.now,
      random: edge.random,
      openApi: async () => {
        openApi ??= import('./contract/openapi.ts').then(({ openApiDocument }) =>
          JSON.stringify(openApiDocument({ version: edge.version, serverUrl: url })),
        );
        return openApi;
      },
      issuerUrls: { jwks: settings['jwks-url'], api: settings['workos-api-url'] },
      localWorkos: issuer.localWorkos,
    };
    const { fetch } = createApp(deps);

    const served = wrapping.fetch?.(fetch, deps) ?? fetch;
    const listener = await listen(served, host, settings.port, answerUnreadable(deps));
    closing.push(() => listener.stop(STOP_GRACE_MS));
    const ownName = host.includes(':') ? `[${host.replace(/[[\]]/g, '')}]` : host;
    const url = `http://${ownName}:${listener.port}`;
    for (const name of ['127.0.0.1', 'localhost', '[::1]', ownName]) hosts.add(hostName(`${name}:${listener.port}`));

    const sweeping = setInterval(() => {
      store
        .sweep(edge.now())
        .catch((error) => edge.log.warning(`expired records could not be dropped: ${error.message}`));
    }, SWEEP_INTERVAL_MS).unref();
    closing.push(() => clearInterval(sweeping));

    return {
      url,
      port: listener.port,
      jwksUrl: settings['jwks-url'] ?? `${settings['workos-api-url'] ?? url}/sso/jwks/${settings['client-id']}`,
      callbackUrl: `${url}/v1/auth/web/callback`,
      db,
      failed: failed.promise,
      reloadKeys: () => issuer.keys.reload(),
      flushLog: attempts.flush,
      stop: () => closeAll(closing),
    };
  } catch (error) {
    await closeAll(closing);
    throw error;
  }
}

function wrapped<T>(piece: T, wrap: Wrap<T> | undefined): T {
  return wrap ? wrap(piece) : piece;
}

/** Last opened, first closed. */
async function closeAll(closing: (() => void | Promise<void>)[]): Promise<void> {
  for (const close of closing.splice(0).reverse()) await close();
}

function databaseReplaced(db: string): Failure {
  return new Failure(
    'state_mismatch',
    `${db} was replaced or removed while the server was running`,
    'Start the server again, after making sure that the file is the right one.',
  );
}

export function databasePath({ db }: Settings, paths: StatePaths): string {
  return db ?? paths.database;
}

interface Issuer {
  readonly keys: KeySource;
  readonly lookup: UserLookup;
  readonly localWorkos?: LocalWorkos;
}

/** This process plays WorkOS: keys and users come from the state directory. */
async function openLocalIssuer(
  settings: Settings,
  paths: StatePaths,
  { now, random, log }: ServerEdge,
): Promise<Issuer> {
  const keyring = openKeyring(paths.signingKeys, { onWarning: log.warning });
  await keyring.ensure(now());
  const users = openDirectory(paths.users);
  const localWorkos: LocalWorkos = {
    clientId: settings['client-id'],
    apiKey: settings['workos-api-key'] ?? LOCAL_API_KEY,
    jwks: () => keyring.jwks(),
    users,
    random,
  };
  const keys =
    settings['jwks-url'] === undefined ? localKeys(localWorkos.jwks) : remoteKeySource(settings, settings['jwks-url']);
  return { keys, lookup: localUsers(users.find), localWorkos };
}

/** Another server plays WorkOS, or is WorkOS. */
function openRemoteIssuer(settings: Settings): Issuer {
  const baseUrl = settings['workos-api-url'] as string;
  const apiKey = settings['workos-api-key'];
  if (apiKey === undefined) {
    throw new Failure(
      'invalid_config',
      `users are looked up at ${baseUrl}, and WORKOS_API_KEY is not set`,
      'Set it in the environment or in the configuration file.',
    );
  }
  const url = settings['jwks-url'] ?? `${baseUrl}/sso/jwks/${settings['client-id']}`;
  return { keys: remoteKeySource(settings, url), lookup: remoteUsers({ baseUrl, apiKey }) };
}

function remoteKeySource(settings: Settings, url: string): KeySource {
  return remoteKeys({ url, maxAgeMs: settings['jwks-max-age'], cooldownMs: JWKS_COOLDOWN_MS });
}

function holdsOf({ hold }: Settings): Hold | undefined {
  if (hold.length === 0) return undefined;
  const times = new Map<HoldPoint, number>(hold);
  return (point) => {
    const time = times.get(point);
    // A server that was told to stop does not wait for a hold.
    return time === undefined ? undefined : new Promise((resolve) => setTimeout(resolve, time).unref());
  };
}

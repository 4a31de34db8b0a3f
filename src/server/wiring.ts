/** The second step of a start: verifier, callback and routes over an opened state. Opens nothing. */
import { setTimeout } from 'node:timers';
import { createCallback, type Hold, type HoldPoint } from '../callback/callback.ts';
import { createTokenMemo } from '../callback/token/memo.ts';
import type { Verifier } from '../callback/token/verify.ts';
import { CALLBACK_SETTINGS } from '../machine/settings/callback.ts';
import type { HoldPoint as SettingHoldPoint } from '../machine/settings/hold.ts';
import { propertiesOf } from '../machine/settings/setting.ts';
import { VERIFIER_SETTINGS } from '../machine/settings/verifier.ts';
import type { Settings } from '../machine/settings.ts';
import { type AppDeps, createApp } from './app.ts';
import { hostName } from './http/access.ts';
import type { Fetch } from './http/listener.ts';
import type { ServerLog } from './log/request-log.ts';
import { type ServerEdge, type Wrapping, wrapped } from './parts.ts';
import type { ServerState } from './server-state.ts';

export interface WiredServer {
  readonly deps: AppDeps;
  readonly fetch: Fetch;
  /** To be called when the port is known: the names that requests may use, and the address that the API document has. */
  standAt(url: string, names: readonly string[]): void;
}

export function wire(
  settings: Settings,
  edge: ServerEdge,
  { store, attempts, issuer }: ServerState,
  log: ServerLog,
  wrapping: Wrapping,
): WiredServer {
  const hosts = new Set(settings['allow-host'].map(hostName));
  const address = Promise.withResolvers<string>();
  const hold = both(holdsOf(settings), wrapping.hold);
  const verifier: Verifier = {
    keys: issuer.keys,
    memo: createTokenMemo(),
    settings: propertiesOf(VERIFIER_SETTINGS, settings),
  };
  const callback = createCallback(store, propertiesOf(CALLBACK_SETTINGS, settings), hold);
  const deps: AppDeps = {
    verifier: wrapped(verifier, wrapping.verifier),
    lookup: issuer.lookup,
    callback: wrapped(callback, wrapping.callback),
    hold,
    store,
    access: { hosts, origins: new Set(settings['allow-origin']) },
    log,
    recordAttempt: attempts.record,
    inspectorUrl: edge.inspectorUrl,
    watcher: edge.watch?.({ verifier, lookup: issuer.lookup, knownKeys: issuer.knownKeys }),
    now: edge.now,
    random: edge.random,
    openApi: openApiOf(edge.version, address.promise),
    issuerUrls: { jwks: settings['jwks-url'], api: settings['workos-api-url'] },
    localWorkos: issuer.localWorkos,
    authkit: issuer.authkit?.load,
  };
  const { fetch } = createApp(deps);
  return {
    deps,
    fetch: wrapping.fetch?.(fetch, deps) ?? fetch,
    standAt(url, names) {
      for (const name of names) hosts.add(hostName(name));
      address.resolve(url);
    },
  };
}

/** Made when it is first asked for. */
function openApiOf(version: string, address: Promise<string>): AppDeps['openApi'] {
  let made: ReturnType<AppDeps['openApi']> | undefined;
  return async () => {
    made ??= Promise.all([import('./contract/openapi.ts'), address]).then(([{ openApiDocument }, serverUrl]) =>
      Buffer.from(JSON.stringify(openApiDocument({ version, serverUrl }))),
    );
    return made;
  };
}

function holdsOf({ hold }: Settings): Hold | undefined {
  if (hold.length === 0) return undefined;
  const times = new Map<HoldPoint, number>(hold);
  // The settings list the points themselves; this type makes the compiler compare them with those of the callback.
  return (point: SettingHoldPoint) => {
    const time = times.get(point);
    // A server that stops does not wait for a hold.
    return time === undefined ? undefined : new Promise((resolve) => setTimeout(resolve, time).unref());
  };
}

function both(first: Hold | undefined, second: Hold | undefined): Hold | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  return async (point) => {
    await first(point);
    await second(point);
  };
}

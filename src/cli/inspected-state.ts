/** The state that the inspector shows, beside a running server or alone. */
import type { Inspected } from '../inspector/inspected.ts';
import type { Recorder } from '../inspector/recorder/recorder.ts';
import type { RandomSource } from '../machine/random.ts';
import { fieldsOf, propertiesOf } from '../machine/settings/setting.ts';
import { VERIFIER_SETTINGS } from '../machine/settings/verifier.ts';
import type { ResolvedSettings, Settings } from '../machine/settings.ts';
import { databaseOf, statePaths } from '../machine/state-directory.ts';
import { isDatabaseUrl, withoutPassword } from '../machine/values/database-url.ts';
import { shellWord } from '../machine/values/shell-word.ts';
import { isoTime } from '../machine/values/time.ts';
import { type Minter, openMinter } from '../server/minter.ts';
import type { RunningServer } from '../server/parts.ts';
import { openReadStore } from '../store/open.ts';
import { openKeyring } from '../workos/keys/keyring.ts';

interface InspectedServer extends Pick<RunningServer, 'openReads'> {
  readonly url: string;
  readonly callback_url: string;
  readonly recorder: Recorder | undefined;
}

export interface InspectedStateOptions {
  readonly now: () => number;
  readonly random: RandomSource;
  readonly version: string;
  /** Milliseconds since 1970; now by default. */
  readonly startedAt?: number;
  /** Absent beside a database alone. */
  readonly server?: InspectedServer | undefined;
}

/** @throws Failure as `openReadStore` */
export async function inspectedState(
  resolved: Pick<ResolvedSettings, 'values' | 'origins'>,
  { now, random, version, server, startedAt }: InspectedStateOptions,
): Promise<Inspected> {
  const { values: settings } = resolved;
  const paths = statePaths(settings['state-dir']);
  const database = databaseOf(settings, paths);
  const warnings: string[] = [];
  const open = server?.openReads ?? ((onWarning) => openReadStore({ database, users: paths.users }, onWarning));
  const reads = await open((text) => void warnings.push(text));
  const remote = settings['workos-api-url'];
  const keyring = remote === undefined ? openKeyring(paths.signingKeys) : undefined;
  const reason = whyNotSending(settings, server);
  const sending =
    reason === undefined && server !== undefined ? sendingOf(settings, server, { now, random }) : undefined;
  return {
    reads,
    readAgain: () => open(() => undefined), // said already
    now,
    newId: () => `req_${random.ulid(now())}`,
    warnings,
    recorder: server?.recorder,
    commandOptions: optionsOf(resolved),
    sending: sending?.parts,
    async close() {
      await sending?.close();
      await reads[Symbol.asyncDispose]();
    },
    state: {
      version,
      mode: settings.inspector === 'on' && server !== undefined ? 'on' : 'read',
      api_url: server?.url ?? null,
      callback_url: server?.callback_url ?? null,
      issuer: server === undefined ? null : settings.issuer,
      client_id: server === undefined ? null : settings['client-id'],
      workos: server === undefined ? null : (remote ?? 'local'),
      settings: server === undefined ? null : fieldsOf(VERIFIER_SETTINGS, propertiesOf(VERIFIER_SETTINGS, settings)),
      database: withoutPassword(database),
      details_kept: server?.recorder !== undefined && !isDatabaseUrl(database),
      can_send: sending !== undefined,
      cannot_send_because: reason ?? null,
      started_at: isoTime(startedAt ?? now()),
    },
    signingKeys() {
      const keys = (keyring?.list() ?? []).filter(({ isLent }) => !isLent);
      const newest = keys.find(({ retiredAt }) => retiredAt === null)?.kid;
      return keys
        .map(({ kid, createdAt, retiredAt }) => ({
          kid,
          created_at: isoTime(createdAt),
          retired_at: retiredAt === null ? null : isoTime(retiredAt),
          newest: kid === newest,
        }))
        .toReversed();
    },
  };
}

/** In one sentence; undefined if callbacks can be sent. */
function whyNotSending(settings: Settings, server: InspectedServer | undefined): string | undefined {
  if (server === undefined) return 'No server belongs to this page: it shows a database.';
  if (settings.inspector !== 'on') return 'This page only reads: the server was started with --inspector read.';
  if (settings['workos-api-url'] !== undefined || settings['jwks-url'] !== undefined)
    return 'Tokens of this server are signed elsewhere, so no token can be made here.';
  return server.recorder?.parts() === undefined ? 'Callbacks of this server are not watched.' : undefined;
}

function sendingOf(
  settings: Settings,
  { url, recorder }: InspectedServer,
  { now, random }: Pick<InspectedStateOptions, 'now' | 'random'>,
) {
  const { issuer, 'client-id': clientId, 'state-dir': stateDir } = settings;
  let minter: Promise<Minter> | undefined;
  const parts = recorder?.parts();
  if (recorder === undefined || parts === undefined) return undefined;
  return {
    parts: {
      ...parts,
      minter: () => (minter ??= openMinter({ stateDir, issuer, clientId, now, random })),
      ...{ url, issuer, clientId, random, recorder },
    },
    close: async () => (await minter?.catch(() => undefined))?.[Symbol.dispose](),
  };
}

/** What names this state in a command of the next terminal. */
function optionsOf({ values, origins }: Pick<ResolvedSettings, 'values' | 'origins'>): string {
  return (['state-dir', 'db'] as const)
    .filter((name) => origins[name] === 'flag' && values[name] !== undefined)
    .map((name) => ` --${name} ${shellWord(String(values[name]))}`)
    .join('');
}

/** What `explain` judges with: the verifier as `serve` would build it from the same settings, or as a running server has it. */
import { existsSync } from 'node:fs';
import { LOCAL_API_KEY, type Origin, type SettingName, type Settings } from '../config.ts';
import { Failure } from '../errors.ts';
import type { KnownKey } from '../explain/advice.ts';
import type { ExplainOptions } from '../explain/explanation.ts';
import { localKeys, remoteKeys } from '../identity/keys.ts';
import { localUsers, remoteUsers, type UserLookup } from '../identity/users.ts';
import type { Verifier } from '../identity/verify.ts';
import { type Keyring, openKeyring } from '../issuer/keyring.ts';
import { type StatePaths, statePaths } from '../state-directory.ts';
import { openDirectory } from '../store/directory.ts';
import { askRunningServer } from './running-server.ts';

export interface Judgement extends Omit<ExplainOptions, 'now'>, Disposable {
  /** Said with the verdict, because it decides it. */
  readonly judgedWith: Readonly<Record<string, string>>;
  /** Said before it, for the person alone. */
  readonly notes: readonly string[];
}

type Origins = Readonly<Record<SettingName, Origin>>;

/**
 * Writes nothing.
 * @param url of a running server; what a flag says goes before what that server says
 * @throws Failure not_found without a state directory; unreachable for the server; those of `openKeyring`
 */
export async function openJudgement(settings: Settings, origins: Origins, url: string | undefined): Promise<Judgement> {
  const paths = statePaths(settings['state-dir']);
  if (url !== undefined) return judgementOfServer(url, settings, origins, paths);
  const apiUrl = settings['workos-api-url'];
  const jwksUrl = settings['jwks-url'] ?? (apiUrl === undefined ? undefined : jwksUrlAt(apiUrl, settings));
  if (jwksUrl === undefined) return localJudgement(settings, paths);
  const apiKey = settings['workos-api-key'];
  const lookup =
    apiUrl === undefined
      ? 'not asked for: no --workos-api-url'
      : apiKey === undefined
        ? 'not asked for: WORKOS_API_KEY is not set'
        : remoteUsers({ baseUrl: apiUrl, apiKey });
  return remoteJudgement(settings, { jwksUrl, lookup, paths, notes: [] });
}

async function judgementOfServer(
  url: string,
  settings: Settings,
  origins: Origins,
  paths: StatePaths,
): Promise<Judgement> {
  const told = await askRunningServer(url);
  const notes =
    told === undefined
      ? [`${url} does not say how it judges tokens; issuer and client are those of this command.`]
      : [];
  const chosen = <N extends SettingName>(name: N, offered: Settings[N] | undefined): Settings[N] =>
    origins[name] === 'flag' || offered === undefined ? settings[name] : offered;
  const effective: Settings = {
    ...settings,
    issuer: chosen('issuer', told?.issuer),
    'client-id': chosen('client-id', told?.client_id),
    'client-id-claim': chosen('client-id-claim', told?.client_id_claim),
    'clock-tolerance': chosen('clock-tolerance', told?.clock_tolerance_seconds),
  };
  const apiUrl = origins['workos-api-url'] === 'flag' ? settings['workos-api-url'] : (told?.workos_api_url ?? url);
  const jwksUrl = origins['jwks-url'] === 'flag' ? settings['jwks-url'] : told?.jwks_url;
  return remoteJudgement(effective, {
    jwksUrl: jwksUrl ?? jwksUrlAt(url, effective),
    lookup: lookupAt(apiUrl ?? url, url, settings),
    paths,
    notes,
  });
}

/** Our API key goes to a server that this command was given, never to one that another server named. */
function lookupAt(apiUrl: string, serverUrl: string, settings: Settings): UserLookup | string {
  const given = [serverUrl, settings['workos-api-url']];
  if (!given.includes(apiUrl)) return `not asked for: add --workos-api-url ${apiUrl}`;
  const apiKey = settings['workos-api-key'] ?? (apiUrl === serverUrl ? LOCAL_API_KEY : undefined);
  return apiKey === undefined ? 'not asked for: WORKOS_API_KEY is not set' : remoteUsers({ baseUrl: apiUrl, apiKey });
}

interface RemoteParts {
  readonly jwksUrl: string;
  readonly lookup: UserLookup | string;
  readonly paths: StatePaths;
  readonly notes: readonly string[];
}

function remoteJudgement(settings: Settings, { jwksUrl, lookup, paths, notes }: RemoteParts): Judgement {
  const keys = remoteKeys({ url: jwksUrl, maxAgeMs: settings['jwks-max-age'], cooldownMs: 0 });
  return {
    verifier: verifierOf(settings, keys),
    lookup,
    knownKeys: () => keysRetiredHere(paths),
    judgedWith: judgedWith(settings, jwksUrl),
    notes,
    [Symbol.dispose]: () => undefined,
  };
}

function localJudgement(settings: Settings, paths: StatePaths): Judgement {
  if (!existsSync(paths.signingKeys)) {
    throw new Failure(
      'not_found',
      `there are no signing keys in ${paths.directory}`,
      'Start the server once, check --state-dir, or name the keys with --jwks-url.',
    );
  }
  const keyring = openKeyring(paths.signingKeys);
  const directory = existsSync(paths.users) ? openDirectory(paths.users, { readOnly: true }) : undefined;
  return {
    verifier: verifierOf(
      settings,
      localKeys(() => keyring.jwks()),
    ),
    lookup: localUsers((subject) => directory?.find(subject)),
    knownKeys: () => known(keyring),
    judgedWith: judgedWith(settings, paths.signingKeys),
    notes: [],
    [Symbol.dispose]: () => directory?.close(),
  };
}

function verifierOf(settings: Settings, keys: Verifier['keys']): Verifier {
  return {
    keys,
    settings: {
      issuer: settings.issuer,
      clientId: settings['client-id'],
      clientIdClaim: settings['client-id-claim'],
      clockTolerance: settings['clock-tolerance'],
    },
  };
}

function judgedWith(settings: Settings, keys: string): Judgement['judgedWith'] {
  return {
    issuer: settings.issuer,
    client_id: settings['client-id'],
    client_id_claim: settings['client-id-claim'],
    clock_tolerance: `${settings['clock-tolerance']}s`,
    keys,
  };
}

function jwksUrlAt(baseUrl: string, settings: Settings): string {
  return `${baseUrl.replace(/\/$/, '')}/sso/jwks/${settings['client-id']}`;
}

function known(keyring: Pick<Keyring, 'list'>): KnownKey[] {
  return keyring
    .list()
    .map(({ kid, retiredAt }) => ({ kid, retiredAt: retiredAt === null ? null : new Date(retiredAt).toISOString() }));
}

/** When a key that another key set lacks was retired in this state directory, that says why. */
function keysRetiredHere(paths: StatePaths): KnownKey[] {
  if (!existsSync(paths.signingKeys)) return [];
  try {
    return known(openKeyring(paths.signingKeys)).filter(({ retiredAt }) => retiredAt !== null);
  } catch (error) {
    if (error instanceof Failure) return []; // the state directory is not what is being judged
    throw error;
  }
}

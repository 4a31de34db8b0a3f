/** Keys and users come from the WorkOS that this process plays, or from another one. */
import type { KnownKey } from '../callback/explanation/refused-token.ts';
import { jwksUrlAt } from '../callback/issuer-request.ts';
import { type KeySource, localKeys, remoteKeys } from '../callback/token/keys.ts';
import { localUsers, remoteUsers, type UserLookup } from '../callback/user.ts';
import { Failure } from '../errors/failure.ts';
import { LOCAL_API_KEY, type Settings } from '../machine/settings.ts';
import type { StatePaths } from '../machine/state-directory.ts';
import type { StateGuard } from '../machine/state-guard.ts';
import { openUsers } from '../store/open.ts';
import { openKeyring } from '../workos/keys/keyring.ts';
import { knownKeys } from '../workos/keys/known-keys.ts';
import type { ServerEdge, Wrapping } from './parts.ts';
import type { AuthkitOptions } from './workos/authkit/deps.ts';
import { type AuthkitOpening, openAuthkit, refuseSignInSettings } from './workos/authkit/opening.ts';
import type { LocalWorkos } from './workos/workos-routes.ts';

export interface Issuer {
  readonly keys: KeySource;
  readonly lookup: UserLookup;
  /** Of the local WorkOS, with those that were retired. */
  readonly knownKeys: () => readonly KnownKey[];
  readonly localWorkos?: LocalWorkos;
  readonly authkit?: AuthkitOpening;
}

/** After so many milliseconds, a token with an unknown `kid` may fetch a remote JWKS again. */
export const JWKS_COOLDOWN_MS = 5000;

/** This process plays WorkOS: keys and users come from the state directory. */
export async function openLocalIssuer(
  settings: Settings,
  signIn: AuthkitOptions,
  paths: StatePaths,
  { now, random, log }: ServerEdge,
  guard: StateGuard,
  { jwksCooldownMs, makeKey }: Pick<Wrapping, 'jwksCooldownMs' | 'makeKey'>,
): Promise<Issuer> {
  const keyring = openKeyring(paths.signingKeys, { onWarning: log.warning, guard, makeKey });
  const authkit = openAuthkit({ options: signIn, settings, users: paths.users, keyring, random, mail: log.mail });
  await keyring.ensure(now());
  const users = openUsers(paths.users, { waitAs: 'server' });
  const localWorkos: LocalWorkos = {
    clientId: settings['client-id'],
    apiKey: settings['workos-api-key'] ?? LOCAL_API_KEY,
    jwks: () => keyring.jwks(),
    users,
    random,
  };
  const keys =
    settings['jwks-url'] === undefined
      ? localKeys(localWorkos.jwks)
      : remoteKeySource(settings, settings['jwks-url'], jwksCooldownMs);
  return { keys, lookup: localUsers(users.find), knownKeys: () => knownKeys(keyring), localWorkos, authkit };
}

/** Another server is WorkOS or plays it. @throws Failure invalid_argument, invalid_config */
export function openRemoteIssuer(settings: Settings, cooldownMs?: number): Issuer {
  refuseSignInSettings(settings);
  const baseUrl = settings['workos-api-url'] as string;
  const apiKey = settings['workos-api-key'];
  if (apiKey === undefined) {
    throw new Failure(
      'invalid_config',
      `users are looked up at ${baseUrl}, and WORKOS_API_KEY is not set`,
      'Set it in the environment or in the configuration file.',
    );
  }
  const url = settings['jwks-url'] ?? jwksUrlAt(baseUrl, settings['client-id']);
  const keys = remoteKeySource(settings, url, cooldownMs);
  return { keys, lookup: remoteUsers({ baseUrl, apiKey }), knownKeys: () => [] };
}

function remoteKeySource(settings: Settings, url: string, cooldownMs = JWKS_COOLDOWN_MS): KeySource {
  return remoteKeys({ url, maxAgeMs: settings['jwks-max-age'], cooldownMs });
}

/** The verifier of `explain`: made from settings as in `serve`, or that of a running server. */

import { existsSync } from 'node:fs';
import { jwksUrlAt } from '../../../callback/issuer-request.ts';
import { localKeys } from '../../../callback/token/keys.ts';
import { localUsers, remoteUsers } from '../../../callback/user.ts';
import { Failure } from '../../../errors/failure.ts';
import type { Settings } from '../../../machine/settings.ts';
import { type StatePaths, statePaths } from '../../../machine/state-directory.ts';
import { openUsers } from '../../../store/open.ts';
import { openKeyring } from '../../../workos/keys/keyring.ts';
import { knownKeys } from '../../../workos/keys/known-keys.ts';
import { type ChosenVerifier, judgedWith, remoteVerifier, verifierOf } from './remote-verifier.ts';
import { type Origins, verifierOfServer } from './served-verifier.ts';

/**
 * Only reads.
 * @param url URL of a running server; flags override the settings of that server
 * @throws Failure not_found without a state directory; unreachable for the server; those of `openKeyring`
 */
export async function openChosenVerifier(
  settings: Settings,
  origins: Origins,
  url: string | undefined,
): Promise<ChosenVerifier> {
  const paths = statePaths(settings['state-dir']);
  if (url !== undefined) return verifierOfServer(url, settings, origins, paths);
  const apiUrl = settings['workos-api-url'];
  const jwksUrl = settings['jwks-url'] ?? (apiUrl === undefined ? undefined : jwksUrlAt(apiUrl, settings['client-id']));
  if (jwksUrl === undefined) return localVerifier(settings, paths);
  const apiKey = settings['workos-api-key'];
  const lookup =
    apiUrl === undefined
      ? 'not asked for: no --workos-api-url'
      : apiKey === undefined
        ? 'not asked for: WORKOS_API_KEY is not set'
        : remoteUsers({ baseUrl: apiUrl, apiKey });
  return remoteVerifier(settings, { jwksUrl, lookup, paths, notes: [] });
}

function localVerifier(settings: Settings, paths: StatePaths): ChosenVerifier {
  if (!existsSync(paths.signingKeys)) {
    throw new Failure(
      'not_found',
      `there are no signing keys in ${paths.directory}`,
      'Start the server once, check --state-dir, or name the keys with --jwks-url.',
    );
  }
  const keyring = openKeyring(paths.signingKeys);
  const directory = existsSync(paths.users) ? openUsers(paths.users, { readOnly: true }) : undefined;
  return {
    verifier: verifierOf(
      settings,
      localKeys(() => keyring.jwks()),
    ),
    lookup: localUsers((subject) => directory?.find(subject)),
    knownKeys: () => knownKeys(keyring),
    judgedWith: judgedWith(settings, paths.signingKeys),
    notes: [],
    [Symbol.dispose]: () => directory?.close(),
  };
}

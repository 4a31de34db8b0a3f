/** The verifier of a running server, with the settings that the server publishes. */
import { jwksUrlAt } from '../../../callback/issuer-request.ts';
import { remoteUsers, type UserLookup } from '../../../callback/user.ts';
import { valuesOfFields } from '../../../machine/settings/setting.ts';
import { VERIFIER_SETTINGS } from '../../../machine/settings/verifier.ts';
import { LOCAL_API_KEY, type Origin, type SettingName, type Settings } from '../../../machine/settings.ts';
import type { StatePaths } from '../../../machine/state-directory.ts';
import { askRunningServer } from '../../running-verifier.ts';
import { type ChosenVerifier, remoteVerifier } from './remote-verifier.ts';

export type Origins = Readonly<Record<SettingName, Origin>>;

export async function verifierOfServer(
  url: string,
  settings: Settings,
  origins: Origins,
  paths: StatePaths,
): Promise<ChosenVerifier> {
  const told = await askRunningServer(url);
  const notes =
    told === undefined
      ? [`${url} does not say how it judges tokens; issuer and client are those of this command.`]
      : [];
  const offered = Object.entries(valuesOfFields(VERIFIER_SETTINGS, told ?? {})).filter(
    ([name, value]) => value !== undefined && origins[name as SettingName] !== 'flag',
  );
  const effective: Settings = { ...settings, ...Object.fromEntries(offered) };
  const apiUrl = origins['workos-api-url'] === 'flag' ? settings['workos-api-url'] : (told?.workos_api_url ?? url);
  const jwksUrl = origins['jwks-url'] === 'flag' ? settings['jwks-url'] : told?.jwks_url;
  return remoteVerifier(effective, {
    jwksUrl: jwksUrl ?? jwksUrlAt(url, effective['client-id']),
    lookup: lookupAt(apiUrl ?? url, url, settings, origins),
    paths,
    notes,
  });
}

/**
 * The API key is sent only to the WorkOS that the caller named with it. The server, and a WorkOS that the server names, get
 * only the key of the local WorkOS, which is not a secret.
 */
function lookupAt(apiUrl: string, serverUrl: string, settings: Settings, origins: Origins): UserLookup | string {
  const named = origins['workos-api-url'] !== 'default' && settings['workos-api-url'] === apiUrl;
  const apiKey = named ? settings['workos-api-key'] : undefined;
  if (apiKey !== undefined) return remoteUsers({ baseUrl: apiUrl, apiKey });
  if (apiUrl === serverUrl) return remoteUsers({ baseUrl: apiUrl, apiKey: LOCAL_API_KEY });
  return named ? 'not asked for: WORKOS_API_KEY is not set' : `not asked for: add --workos-api-url ${apiUrl}`;
}

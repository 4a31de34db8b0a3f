/** The settings of a command: its flags, the environment, and the nearest configuration file. */
import { realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { Setting } from '../machine/settings/setting.ts';
import {
  type ConfigFile,
  notFromFoundFile,
  type ResolvedSettings,
  resolveSettings,
  SETTING_NAMES,
  SETTINGS,
  type SettingName,
  type Settings,
} from '../machine/settings.ts';
import { nearestConfigFile, readConfigFile } from '../machine/settings-file.ts';
import { isDatabaseUrl } from '../machine/values/database-url.ts';
import type { CommandContext } from './command.ts';

/** Paths come out absolute. @throws Failure invalid_argument, invalid_config */
export async function commandSettings({
  runtime,
  options,
  flags,
}: Pick<CommandContext, 'runtime' | 'options' | 'flags'>): Promise<ResolvedSettings> {
  const found = options.config === undefined;
  const path = found ? nearestConfigFile(runtime.cwd) : resolve(runtime.cwd, options.config as string);
  const file = path === undefined ? undefined : await readConfigFile(path, { found });
  const resolved = resolveSettings(flags, runtime.env, file);
  if (file?.found) refuseForeignPlaces(file, resolved);
  /** What a configuration file names lies beside it, so that the file means the same in every directory below. */
  const located = (name: SettingName): unknown => {
    const { form } = SETTINGS[name] as Setting<unknown>;
    const value = resolved.values[name];
    if (form.locate === undefined || value === undefined) return value;
    return form.locate(value, resolved.origins[name] === 'file' && path !== undefined ? dirname(path) : runtime.cwd);
  };
  return {
    ...resolved,
    values: Object.fromEntries(SETTING_NAMES.map((name) => [name, located(name)])) as unknown as Settings,
  };
}

/** For a token that the caller gives: it may be a real one. @throws Failure invalid_config */
export function refuseTokenToFoundUrl({ values, origins, config }: ResolvedSettings): void {
  if (config?.found && origins.url === 'file')
    throw notFromFoundFile(config, 'url', `the given token would be sent to ${values.url}`);
}

const REAL_WORKOS = 'https://api.workos.com';

/**
 * A key of the environment goes to a place that the environment, a flag or WorkOS itself names; a path that a found file
 * names lies below that file.
 * @throws Failure invalid_config
 */
function refuseForeignPlaces(file: ConfigFile, { values, origins }: ResolvedSettings): void {
  const apiUrl = values['workos-api-url'];
  const sendsKey = origins['workos-api-key'] !== 'file' && values['workos-api-key'] !== undefined;
  // Whose tokens are believed, where real users are looked up: as good as the key itself.
  for (const name of ['issuer', 'jwks-url'] as const) {
    if (sendsKey && apiUrl !== undefined && origins[name] === 'file')
      throw notFromFoundFile(file, name, 'it would decide whose tokens are good beside your WORKOS_API_KEY');
  }
  if (
    sendsKey &&
    origins['workos-api-url'] === 'file' &&
    apiUrl !== undefined &&
    new URL(apiUrl).origin !== REAL_WORKOS
  )
    throw notFromFoundFile(file, 'workos-api-url', `WORKOS_API_KEY of the environment would be sent to ${apiUrl}`);
  if (origins.db === 'file' && values.db !== undefined && isDatabaseUrl(values.db))
    throw notFromFoundFile(file, 'db', 'a password of yours could be sent to the server that it names');
  for (const name of SETTING_NAMES) {
    const { form } = SETTINGS[name] as Setting<unknown>;
    const value = values[name];
    if (form.locate === undefined || value === undefined || origins[name] !== 'file') continue;
    const place = dirname(file.path);
    const path = relative(realPlace(place), realPlace(String(form.locate(value, place))));
    const isOutside = path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path);
    if (isOutside && String(value) !== ':memory:')
      throw notFromFoundFile(file, name, `${String(value)} lies outside of the directory of that file`);
  }
}

/** Where a path leads: a repository may contain a link out of itself. What is missing would be made there. */
function realPlace(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const above = dirname(path);
    return above === path ? path : join(realPlace(above), basename(path));
  }
}

/**
 * Settings come from a flag, otherwise an environment variable, otherwise the configuration file, otherwise the default.
 * Every setting is one row of `settings/`. An invalid value is refused, and the message names its source.
 */
import { Failure } from '../errors/failure.ts';
import { CALLBACK_SETTINGS } from './settings/callback.ts';
import { INSPECTOR_SETTINGS } from './settings/inspector.ts';
import { PLACE_SETTINGS } from './settings/places.ts';
import { SERVER_SETTINGS } from './settings/server.ts';
import type { Setting, SettingRows, ValueOf } from './settings/setting.ts';
import { SIGN_IN_SETTINGS } from './settings/sign-in.ts';
import { VERIFIER_SETTINGS } from './settings/verifier.ts';
import { WORKOS_SETTINGS } from './settings/workos.ts';

export { LOCAL_CLIENT_ID, WORKOS_ISSUER } from './settings/verifier.ts';
export { LOCAL_API_KEY } from './settings/workos.ts';

/** They have the names of their flags, also in the configuration file. */
export const SETTINGS = {
  ...PLACE_SETTINGS,
  ...SERVER_SETTINGS,
  ...VERIFIER_SETTINGS,
  ...WORKOS_SETTINGS,
  ...SIGN_IN_SETTINGS,
  ...CALLBACK_SETTINGS,
  ...INSPECTOR_SETTINGS,
} as const satisfies SettingRows;

export type SettingName = keyof typeof SETTINGS;

export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[];

export type Settings = { readonly [N in SettingName]: ValueOf<(typeof SETTINGS)[N]> };

/** Values as they were written, before they are checked. */
export type WrittenSettings = Readonly<Partial<Record<SettingName, unknown>>>;

/** `server` is the running server of the state directory. */
export type Origin = 'flag' | 'environment' | 'file' | 'server' | 'default';

export interface ResolvedSettings {
  readonly values: Settings;
  /** The source of each value, for `doctor`. */
  readonly origins: Readonly<Record<SettingName, Origin>>;
  /** The configuration file that was read, if any. */
  readonly file: string | undefined;
  readonly config: ConfigFile | undefined;
}

/** The content of a configuration file, by setting name. */
export interface ConfigFile {
  readonly path: string;
  /** Whether it was found upwards from the working directory, not named by --config. */
  readonly found: boolean;
  readonly values: WrittenSettings;
  /** The line of a setting, from 1. */
  readonly lineOf: (name: SettingName) => number;
}

export function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(SETTINGS, name);
}

/** @throws Failure invalid_argument for a flag or variable, invalid_config for the file */
export function resolveSettings(
  flags: WrittenSettings,
  env: Readonly<Record<string, string | undefined>>,
  file: ConfigFile | undefined,
): ResolvedSettings {
  const resolved = SETTING_NAMES.map((name) => ({ name, ...resolve(name, flags, env, file) }));
  return {
    values: Object.fromEntries(resolved.map(({ name, value }) => [name, value])) as unknown as Settings,
    origins: Object.fromEntries(resolved.map(({ name, origin }) => [name, origin])) as ResolvedSettings['origins'],
    file: file?.path,
    config: file,
  };
}

function resolve(
  name: SettingName,
  flags: WrittenSettings,
  env: Readonly<Record<string, string | undefined>>,
  file: ConfigFile | undefined,
): { readonly value: unknown; readonly origin: Origin } {
  const { form, env: variable, fallback, notFound, notInFlag, neverEmpty } = SETTINGS[name] as Setting<unknown>;
  if (flags[name] !== undefined) {
    const refuse = (problem: string) => new Failure('invalid_argument', `--${name}: ${problem}`);
    const value = form.read(flags[name], refuse);
    const problem = notInFlag?.(value as never);
    if (problem !== undefined) throw refuse(problem);
    return { value, origin: 'flag' };
  }
  const fromEnv = env[variable];
  if (fromEnv !== undefined && (fromEnv !== '' || neverEmpty)) {
    const refuse = (problem: string) => new Failure('invalid_argument', `${variable}: ${problem}`);
    return { value: form.read(fromEnv, refuse), origin: 'environment' };
  }
  if (file?.values[name] !== undefined) {
    const refuse = (problem: string) =>
      new Failure('invalid_config', `${file.path}:${file.lineOf(name)}: ${name}: ${problem}`);
    if (file.found && notFound !== undefined) throw notFromFoundFile(file, name, notFound);
    return { value: form.read(file.values[name], refuse), origin: 'file' };
  }
  return { value: fallback, origin: 'default' };
}

/** Refuses a setting that a file that was found upwards must not decide. */
export function notFromFoundFile(file: ConfigFile, name: SettingName, reason: string): Failure {
  const { env, secret } = SETTINGS[name] as Setting<unknown>;
  return new Failure(
    'invalid_config',
    `${file.path}:${file.lineOf(name)}: ${name} must not come from a file that was found and not named: ${reason}`,
    `Set ${env}${secret ? '' : ` or --${name}`}, or name the file with --config if you trust it.`,
  );
}

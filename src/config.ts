/**
 * Settings: a flag, else an environment variable, else the configuration file, else the default.
 * Every setting is one row here; a bad value is refused with the place it came from.
 */
import { HOLD_POINTS, type HoldPoint } from './callback.ts';
import { Failure } from './errors.ts';
import {
  duration,
  hostHeader,
  httpUrl,
  listOf,
  oneOf,
  type Parser,
  port,
  seconds,
  secret,
  show,
  text,
  webOrigin,
  written,
} from './setting-values.ts';
import { KEY_ENVIRONMENTS } from './workspace/api-key.ts';

export interface Setting<T> {
  /** The environment variable, if it can be set by one. */
  readonly env?: string;
  readonly parse: Parser<T>;
  readonly fallback: T;
  /** Only from the environment or a file: on a command line everybody could read it. */
  readonly secret?: true;
}

/** Fixed, so that tokens and configurations may name it: the client id of the local WorkOS. */
export const LOCAL_CLIENT_ID = 'client_01K9AGENTPASTE000000000000';
export const LOCAL_API_KEY = 'sk_test_local';
export const WORKOS_ISSUER = 'https://api.workos.com';

const optional = <T>(parse: Parser<T>): Parser<T | undefined> => parse;

/** Named after their flags; the configuration file uses the same names. */
export const SETTINGS = {
  'state-dir': { env: 'AGENT_PASTE_STATE_DIR', parse: text, fallback: '.agent-paste' },
  port: { env: 'AGENT_PASTE_PORT', parse: port, fallback: 8787 },
  host: { env: 'AGENT_PASTE_HOST', parse: text, fallback: '127.0.0.1' },
  'allow-remote': { env: 'AGENT_PASTE_ALLOW_REMOTE', parse: oneOf('true', 'false'), fallback: 'false' },
  'allow-host': { env: 'AGENT_PASTE_ALLOW_HOST', parse: listOf(hostHeader), fallback: [] as readonly string[] },
  'allow-origin': { env: 'AGENT_PASTE_ALLOW_ORIGIN', parse: listOf(webOrigin), fallback: [] as readonly string[] },
  db: { env: 'AGENT_PASTE_DB', parse: optional(text), fallback: undefined },
  seed: { env: 'AGENT_PASTE_SEED', parse: optional(text), fallback: undefined },
  'client-id': { env: 'WORKOS_CLIENT_ID', parse: text, fallback: LOCAL_CLIENT_ID },
  'client-id-claim': { env: 'AGENT_PASTE_CLIENT_ID_CLAIM', parse: oneOf('required', 'optional'), fallback: 'required' },
  issuer: { env: 'WORKOS_ISSUER', parse: text, fallback: WORKOS_ISSUER },
  'workos-api-key': { env: 'WORKOS_API_KEY', parse: optional(secret), fallback: undefined, secret: true },
  'workos-api-url': { env: 'WORKOS_API_BASE_URL', parse: optional(httpUrl), fallback: undefined },
  'jwks-url': { env: 'WORKOS_JWKS_URL', parse: optional(httpUrl), fallback: undefined },
  'jwks-max-age': { env: 'AGENT_PASTE_JWKS_MAX_AGE', parse: duration('1s', '24h'), fallback: 3_600_000 },
  'clock-tolerance': { env: 'AGENT_PASTE_CLOCK_TOLERANCE', parse: seconds(60), fallback: 0 },
  'idempotency-ttl': { env: 'AGENT_PASTE_IDEMPOTENCY_TTL', parse: duration('1s', '365d'), fallback: 86_400_000 },
  'in-flight': { env: 'AGENT_PASTE_IN_FLIGHT', parse: oneOf('wait', 'conflict'), fallback: 'wait' },
  'in-flight-wait': { env: 'AGENT_PASTE_IN_FLIGHT_WAIT', parse: duration('1ms', '60s'), fallback: 5000 },
  'key-env': { env: 'AGENT_PASTE_KEY_ENV', parse: oneOf(...KEY_ENVIRONMENTS), fallback: 'preview' },
  hold: { env: 'AGENT_PASTE_HOLD', parse: listOf(holdSetting), fallback: [] as readonly [HoldPoint, number][] },
  log: { env: 'AGENT_PASTE_LOG', parse: oneOf('pretty', 'json', 'off'), fallback: 'pretty' },
  url: { env: 'AGENT_PASTE_API_URL', parse: httpUrl, fallback: 'http://127.0.0.1:8787' },
} as const satisfies Record<string, Setting<unknown>>;

export type SettingName = keyof typeof SETTINGS;

type ValueOf<S> = S extends { parse: Parser<infer T> } ? T : never;

export type Settings = { readonly [N in SettingName]: ValueOf<(typeof SETTINGS)[N]> };

export type Origin = 'flag' | 'environment' | 'file' | 'default';

export interface ResolvedSettings {
  readonly values: Settings;
  /** Where each value came from, for `doctor`. */
  readonly origins: Readonly<Record<SettingName, Origin>>;
  /** The configuration file that was read, if any. */
  readonly file: string | undefined;
}

/** The content of a configuration file, by setting name. */
export interface ConfigFile {
  readonly path: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** The line on which a setting stands, from 1. */
  readonly lineOf: (name: SettingName) => number;
}

/** @throws Failure invalid_argument for a flag or variable, invalid_config for the file */
export function resolveSettings(
  flags: Readonly<Partial<Record<SettingName, unknown>>>,
  env: Readonly<Record<string, string | undefined>>,
  file: ConfigFile | undefined,
): ResolvedSettings {
  const values: Record<string, unknown> = {};
  const origins: Record<string, Origin> = {};
  for (const [name, setting] of Object.entries(SETTINGS) as [SettingName, Setting<unknown>][]) {
    const fromEnv = setting.env === undefined ? undefined : env[setting.env];
    if (flags[name] !== undefined) {
      values[name] = setting.parse(flags[name], (problem) => new Failure('invalid_argument', `--${name}: ${problem}`));
      origins[name] = 'flag';
    } else if (fromEnv !== undefined && fromEnv !== '') {
      values[name] = setting.parse(fromEnv, (problem) => new Failure('invalid_argument', `${setting.env}: ${problem}`));
      origins[name] = 'environment';
    } else if (file?.values[name] !== undefined) {
      values[name] = setting.parse(
        file.values[name],
        (problem) => new Failure('invalid_config', `${file.path}:${file.lineOf(name)}: ${name}: ${problem}`),
      );
      origins[name] = 'file';
    } else {
      values[name] = setting.fallback;
      origins[name] = 'default';
    }
  }
  return { values: values as Settings, origins: origins as Record<SettingName, Origin>, file: file?.path };
}

function holdSetting(value: unknown, fail: (problem: string) => Failure): readonly [HoldPoint, number] {
  const [point, time, ...rest] = written(value).split('=');
  const known = HOLD_POINTS.find((name) => name === point);
  if (known === undefined || time === undefined || rest.length > 0) {
    throw fail(`${show(value)} is not <point>=<duration> with one of the points ${HOLD_POINTS.join(', ')}`);
  }
  return [known, duration('0ms', '10m')(time, fail)];
}

/** The settings of a command: its flags, the environment, and the nearest configuration file. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { closest } from '../closest.ts';
import { type ConfigFile, type ResolvedSettings, resolveSettings, SETTINGS, type SettingName } from '../config.ts';
import { Failure } from '../errors.ts';
import { systemReason } from '../private-file.ts';
import type { CommandContext } from './command.ts';

const FILE_NAMES = ['agent-paste.config.json', 'agent-paste.config.yaml', 'agent-paste.config.yml'];

/** Paths come out absolute. @throws Failure invalid_argument, invalid_config */
export async function commandSettings({ runtime, options }: CommandContext): Promise<ResolvedSettings> {
  const path = options.config === undefined ? nearestConfigFile(runtime.cwd) : resolve(runtime.cwd, options.config);
  const resolved = resolveSettings(
    flagsOf(options as Readonly<Record<string, unknown>>),
    runtime.env,
    path === undefined ? undefined : await readConfigFile(path),
  );
  const { values, origins, file } = resolved;
  /** What a configuration file names lies beside it, so that the file means the same in every directory below. */
  const absolute = (name: 'state-dir' | 'db' | 'seed', value: string) =>
    resolve(origins[name] === 'file' && file !== undefined ? dirname(file) : runtime.cwd, value);
  const { db, seed } = values;
  return {
    ...resolved,
    values: {
      ...values,
      'state-dir': absolute('state-dir', values['state-dir']),
      db: db === undefined || db === ':memory:' ? db : absolute('db', db),
      seed: seed === undefined ? seed : absolute('seed', seed),
    },
  };
}

/** Commander names options in camelCase; settings are named after their flags. */
function flagsOf(options: Readonly<Record<string, unknown>>): Partial<Record<SettingName, unknown>> {
  const flags: Partial<Record<SettingName, unknown>> = {};
  for (const name of Object.keys(SETTINGS) as SettingName[]) {
    const value = options[name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())];
    if (value !== undefined) flags[name] = value === true ? 'true' : value;
  }
  return flags;
}

function nearestConfigFile(directory: string): string | undefined {
  for (let at = directory; ; at = dirname(at)) {
    const found = FILE_NAMES.map((name) => join(at, name)).find((path) => existsSync(path));
    if (found !== undefined || dirname(at) === at) return found;
  }
}

async function readConfigFile(path: string): Promise<ConfigFile> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new Failure('invalid_config', `cannot read ${path}: ${systemReason(error)}`, undefined, error);
  }
  const { readYaml } = await import('../yaml-file.ts');
  const { value, lineOf } = readYaml(text, path, 'invalid_config');
  if (value === null) return { path, values: {}, lineOf: () => 1 };
  if (typeof value !== 'object' || Array.isArray(value))
    throw new Failure('invalid_config', `${path}: the settings must be a mapping of names to values`);
  for (const name of Object.keys(value)) {
    if (!(name in SETTINGS)) {
      throw new Failure(
        'invalid_config',
        `${path}:${lineOf([name])}: unknown setting ${JSON.stringify(name)}${closest(name, Object.keys(SETTINGS))}`,
        'Settings are named as the flags of `agent-paste serve` are.',
      );
    }
  }
  return { path, values: value as Record<string, unknown>, lineOf: (name) => lineOf([name]) };
}

/** Settings as options of commands: flags, words, environment variable and default come from the row of each. */
import { type Command, Option } from 'commander';
import type { Setting, SettingRows } from '../machine/settings/setting.ts';
import { SETTINGS, type SettingName, type WrittenSettings } from '../machine/settings.ts';

type Secret = { [N in SettingName]: (typeof SETTINGS)[N] extends { secret: true } ? N : never }[SettingName];

/** A secret has no flag. */
export type FlagName = Exclude<SettingName, Secret>;

/** The description of a setting that has a special meaning in this command. */
export interface Wording {
  readonly says: string;
  /** false if the command does not use the default when the setting is absent. */
  readonly showsDefault?: boolean;
}

class SettingOption extends Option {
  readonly setting: SettingName;

  constructor(setting: SettingName, wording: Wording | undefined) {
    super(flagsOf(setting), descriptionOf(setting, wording));
    this.setting = setting;
  }
}

/** The settings of some rows that have a flag. */
export function flagNames<R extends SettingRows>(rows: R): readonly (keyof R & FlagName)[] {
  return Object.entries(rows).flatMap(([name, { secret }]) => (secret ? [] : [name as keyof R & FlagName]));
}

/** Adds the options of these settings, in this order. */
export function settingOptions(command: Command, ...names: readonly FlagName[]): Command {
  for (const name of names) settingOption(command, name);
  return command;
}

/** Adds the option of one setting, with another description than that of its row. */
export function settingOption(command: Command, name: FlagName, wording?: Wording): Command {
  return command.addOption(new SettingOption(name, wording));
}

/** The settings that were given as flags of a command or of its parents. */
export function givenSettings(command: Command): WrittenSettings {
  const given: Partial<Record<SettingName, unknown>> = {};
  for (let at: Command | null = command; at !== null; at = at.parent) {
    for (const option of at.options) {
      if (!(option instanceof SettingOption)) continue;
      const value: unknown = at.getOptionValue(option.attributeName());
      given[option.setting] ??= value === true ? 'true' : value;
    }
  }
  return given;
}

function flagsOf(name: SettingName): string {
  const { form, placeholder = form.placeholder } = SETTINGS[name] as Setting<unknown>;
  return placeholder === '' ? `--${name}` : `--${name} <${placeholder}${form.isList ? '...' : ''}>`;
}

function descriptionOf(name: SettingName, wording: Wording | undefined): string {
  const { says, env, fallbackSays } = SETTINGS[name] as Setting<unknown>;
  const shown = fallbackSays ?? defaultText(name);
  const facts = [env, ...(shown === '' || wording?.showsDefault === false ? [] : [`default ${shown}`])];
  return `${wording?.says ?? says} (${facts.join('; ')})`;
}

/** As a person writes it. */
export function writtenValue(name: SettingName, value: unknown): string {
  return (SETTINGS[name] as Setting<unknown>).form.write(value);
}

/** As a person writes it; empty if there is no value, and for a switch that is off. */
export function defaultText(name: SettingName): string {
  const { form, fallback } = SETTINGS[name] as Setting<unknown>;
  if (fallback === undefined || fallback === 'false' || (Array.isArray(fallback) && fallback.length === 0)) return '';
  return form.write(fallback);
}

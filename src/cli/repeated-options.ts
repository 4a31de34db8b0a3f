/** Options that are given twice, with different values: the last one would win without a word. */
import type { Command, Option } from 'commander';
import { Failure } from '../errors/failure.ts';
import { isSettingName } from '../machine/settings.ts';

/**
 * To be called when the options of a command are known. What collects its values may be repeated, and of a setting the
 * last flag wins, as scripts that add to the flags of a caller expect.
 */
export function refuseRepeatedOptions(command: Command): void {
  for (const child of [command, ...command.commands]) {
    const given = new Map<string, { readonly flag: string; readonly text: unknown; readonly size: number }>();
    for (const option of child.options) {
      if (isSettingName(option.name())) continue;
      child.on(`option:${option.name()}`, (text: unknown) => {
        const name = option.attributeName();
        const before = given.get(name);
        const size = sizeOf(child.getOptionValue(name)); // of what commander has just put there
        given.set(name, { flag: flagOf(option), text, size });
        if (before === undefined || size > before.size) return;
        if (before.flag === flagOf(option) && before.text === text) return;
        throw twice(before.flag, flagOf(option));
      });
    }
  }
}

function flagOf(option: Option): string {
  return option.long ?? option.name();
}

/** How much an option has collected: of one that collects, it grows. */
function sizeOf(value: unknown): number {
  return typeof value === 'object' && value !== null ? Object.keys(value).length : 0;
}

function twice(before: string, now: string): Failure {
  return before === now
    ? new Failure('invalid_argument', `${now} is given twice, with different values`, 'Give it once.')
    : new Failure('invalid_argument', `${before} and ${now} contradict each other`, 'Give one of them.');
}

/** `agent-paste complete -- <words…>`, which the completion scripts call: the possible next words of a command line. */
import { RootCommand } from '@bomb.sh/tab';
import type { Command, Option } from 'commander';
import type { Setting } from '../../../machine/settings/setting.ts';
import { isSettingName, SETTINGS } from '../../../machine/settings.ts';
import type { Action, CommandContext } from '../../command.ts';
import { liveValues } from './live-values.ts';
import { Offers } from './offers.ts';
import { pathsLike } from './paths.ts';

export function configure(command: Command, action: Action): void {
  command
    .argument('[words...]', 'the words of the command line so far')
    .action(action((context, words: string[]) => complete(context, words)));
}

async function complete(context: CommandContext, words: readonly string[]): Promise<void> {
  context.runtime.stdout.stream(); // the library writes to it
  const program = await context.wholeProgram();
  const { config, ...places } = placesIn(words.slice(0, -1)); // the last word is not complete
  // Of `--seed=fi`, what follows the equals sign.
  const word = (words.at(-1) ?? '').replace(/^--[\w-]+=/, '');
  const paths = (isWanted?: (file: string) => boolean) => pathsLike(context.runtime.cwd, word, isWanted);
  const values = await liveValues({
    ...context,
    options: { ...context.options, ...(config === undefined ? {} : { config }) },
    flags: { ...context.flags, ...places },
  });
  const root = new RootCommand();
  const offers = new Offers();
  const addOptions = (entry: Pick<RootCommand, 'option'>, options: readonly Option[]) => {
    for (const { long, flags, description, required, optional, argChoices } of options) {
      const name = long?.replace(/^--/, '');
      if (name === undefined) continue;
      const isPath = /<(?:file|dir)>$/.test(flags);
      const found = values[`--${name}`] ?? (() => argChoices ?? (isPath ? paths() : settingChoices(name)));
      if (required || optional) entry.option(name, description, offers.of(found));
      else entry.option(name, description);
    }
  };
  addOptions(root, program.options);
  for (const { path, command, above } of commandsBelow(program)) {
    const entry = root.command(path, command.summary() || command.description());
    addOptions(entry, [...program.options, ...above, ...command.options]);
    for (const argument of command.registeredArguments) {
      const known = values[`${path} <${argument.name()}>`] ?? (() => argument.argChoices ?? []);
      const isWanted = path === 'replay' ? isScenario : undefined;
      const isPath = argument.name() === 'file' || word.startsWith('@');
      const found = isPath ? async () => [...(await known()), ...paths(isWanted)] : known;
      entry.argument(argument.name(), offers.of(found), argument.variadic);
    }
  }
  await offers.complete(root, words);
}

function isScenario(file: string): boolean {
  return /\.(?:ya?ml|json)$/.test(file);
}

/** The place of the state according to the command line so far. */
function placesIn(words: readonly string[]): Readonly<Record<string, string | undefined>> {
  const places = { 'state-dir': '--state-dir', config: '--config', db: '--db' };
  return Object.fromEntries(
    Object.entries(places).flatMap(([name, flag]) => {
      const inline = words.find((word) => word.startsWith(`${flag}=`))?.slice(flag.length + 1);
      const at = words.indexOf(flag);
      const value = inline ?? (at < 0 || at === words.length - 1 ? undefined : words[at + 1]);
      return value === undefined || value === '' ? [] : [[name, value]];
    }),
  );
}

/** The accepted values of a setting that has a fixed list. */
function settingChoices(name: string): readonly string[] {
  return isSettingName(name) ? ((SETTINGS[name] as Setting<unknown>).form.choices ?? []) : [];
}

interface Below {
  readonly path: string;
  readonly command: Command;
  /** Options of the commands above it, such as `--db` of `inspect`. */
  readonly above: readonly Option[];
}

function* commandsBelow(parent: Command, prefix = '', above: readonly Option[] = []): Iterable<Below> {
  for (const command of parent.commands) {
    if (command.name() === 'complete' || command.name() === 'help') continue;
    const path = `${prefix}${command.name()}`;
    yield { path, command, above };
    yield* commandsBelow(command, `${path} `, [...above, ...command.options]);
  }
}

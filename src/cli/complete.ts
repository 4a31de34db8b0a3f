/** `agent-paste complete -- <words…>`, which the completion scripts call: what may come next on a command line. */
import { RootCommand } from '@bomb.sh/tab';
import type { Command, Option } from 'commander';
import { SETTINGS } from '../config.ts';
import type { Action, CommandContext } from './command.ts';
import { liveValues, type Values } from './live-values.ts';
import { createProgram } from './program.ts';

export function configure(command: Command, action: Action): void {
  command
    .argument('[words...]', 'the words of the command line so far')
    .action(action((context, words: string[]) => complete(context, words)));
}

async function complete(context: CommandContext, words: readonly string[]): Promise<void> {
  const { runtime, output } = context;
  const program = await createProgram({
    runtime,
    output,
    action:
      (run) =>
      (...args) =>
        run(context, ...args),
    configured: () => true,
  });
  const values = await liveValues({ ...context, options: { ...context.options, ...placesIn(words) } });
  const root = new RootCommand();
  addOptions(root, program.options, values);
  for (const { path, command } of commandsBelow(program)) {
    const entry = root.command(path, command.summary() || command.description());
    addOptions(entry, [...program.options, ...command.options], values);
    for (const argument of command.registeredArguments) {
      const found = values[`${path} <${argument.name()}>`] ?? (() => argument.argChoices ?? []);
      entry.argument(argument.name(), offering(found), argument.variadic);
    }
  }
  root.parse([...words]);
}

/** Where the command line so far says that the state lies. */
function placesIn(words: readonly string[]): Readonly<Record<string, string>> {
  const places = { stateDir: '--state-dir', config: '--config', db: '--db' };
  return Object.fromEntries(
    Object.entries(places).flatMap(([name, flag]) => {
      const inline = words.find((word) => word.startsWith(`${flag}=`))?.slice(flag.length + 1);
      const at = words.indexOf(flag);
      const value = inline ?? (at < 0 || at === words.length - 1 ? undefined : words[at + 1]);
      return value === undefined || value === '' ? [] : [[name, value]];
    }),
  );
}

function addOptions(
  entry: Pick<RootCommand, 'option'>,
  options: readonly Option[],
  values: Readonly<Record<string, Values>>,
): void {
  for (const { long, description, required, optional, argChoices } of options) {
    const name = long?.replace(/^--/, '');
    if (name === undefined) continue;
    const found = values[`--${name}`] ?? (() => argChoices ?? settingChoices(name));
    if (required || optional) entry.option(name, description, offering(found));
    else entry.option(name, description);
  }
}

/** The accepted values of a setting that has a fixed list. */
function settingChoices(name: string): readonly string[] {
  const setting = Object.entries(SETTINGS).find(([known]) => known === name)?.[1];
  return setting !== undefined && 'choices' in setting.parse ? (setting.parse.choices as readonly string[]) : [];
}

function* commandsBelow(program: Command, prefix = ''): Iterable<{ path: string; command: Command }> {
  for (const command of program.commands) {
    if (command.name() === 'complete' || command.name() === 'help') continue;
    const path = `${prefix}${command.name()}`;
    yield { path, command };
    yield* commandsBelow(command, `${path} `);
  }
}

/** Bash expands what it is offered as if it had been typed, so a value that means anything to a shell is not. */
const PLAIN = /^[A-Za-z0-9@%+=:,._/-]+$/;

function offering(values: Values): (offer: (value: string, description: string) => void) => void {
  return (offer) => {
    for (const value of values()) if (PLAIN.test(value)) offer(value, '');
  };
}

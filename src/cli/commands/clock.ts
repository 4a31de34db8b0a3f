/** `agent-paste clock show|set|advance` */
import type { Command } from 'commander';
import { Failure } from '../../errors/failure.ts';
import { runningServers } from '../../machine/server-notes.ts';
import { runningClock, writeClock } from '../../machine/state-clock.ts';
import { guarded } from '../../machine/state-guard.ts';
import { advanced, clock as clockForm, timeBy } from '../../machine/values/clock.ts';
import { duration } from '../../machine/values/duration.ts';
import { isoTime } from '../../machine/values/time.ts';
import { argument } from '../arguments.ts';
import type { Action, CommandContext } from '../command.ts';
import { addExamples } from '../examples.ts';
import { commandSettings } from '../settings.ts';

const EXITS = `
The server is the one of the state directory, started with --clock. Its mint,
users, keys, inspect, explain and sweep go by the same clock.

Exit codes: 3 no server runs, 6 its clock cannot be moved like that.
`;

const BY = duration('1ms', '36500d');

export function configure(command: Command, action: Action): void {
  addExamples(command, ['agent-paste clock show', 'agent-paste clock advance 10m']).addHelpText('after', EXITS);
  addExamples(command.command('show'), ['agent-paste clock show', 'agent-paste clock show --json'])
    .description('The time by which the running server judges tokens, records and sessions.')
    .action(action((context) => show(context)));
  addExamples(command.command('set'), ['agent-paste clock set +2h', 'agent-paste clock set 2030-01-31T12:00Z'])
    .description('Let the clock stand still at a time, or run ahead of this machine; never back.')
    .argument('<time|+offset>', clockForm.accepts, argument('clock', clockForm))
    .action(action((context, wanted: string) => move(context, () => wanted)));
  addExamples(command.command('advance'), ['agent-paste clock advance 10m', 'agent-paste clock advance 25h --json'])
    .description('Move the clock on.')
    .argument('<duration>', BY.accepts, argument('duration', BY))
    .action(
      action((context, by: number) =>
        move(context, (clock) =>
          advanced(clock, by, (problem) => new Failure('conflict', `the clock ${problem}`, 'Advance it by less.')),
        ),
      ),
    );
}

async function show(context: CommandContext): Promise<void> {
  const directory = await directoryOf(context);
  refuseStopped(directory);
  print(context, runningClock(directory));
}

/** @throws Failure unreachable without a server; conflict for a server without a clock, and for a time before its own */
async function move(context: CommandContext, next: (clock: string) => string): Promise<void> {
  const { runtime, output } = context;
  const directory = await directoryOf(context);
  refuseStopped(directory); // makes no guard file where nothing runs
  const clock = await guarded(
    directory,
    'agent-paste clock',
    () => {
      const before = runningClock(directory);
      if (before === undefined) throw immovable(directory);
      const after = next(before);
      const machine = runtime.now();
      if (timeBy(after, machine) < timeBy(before, machine)) throw backwards(before, after, machine);
      writeClock(directory, after);
      return after;
    },
    { onWait: output.note },
  );
  print(context, clock);
}

async function directoryOf(context: CommandContext): Promise<string> {
  return (await commandSettings(context)).values['state-dir'];
}

function refuseStopped(directory: string): void {
  if (runningServers(directory).length > 0) return;
  throw new Failure(
    'unreachable',
    `no server runs with the state ${directory}`,
    'Start one with `agent-paste serve --clock +0s`, or name its --state-dir.',
  );
}

function immovable(directory: string): Failure {
  refuseStopped(directory);
  const [{ url, pid } = { url: '', pid: 0 }] = runningServers(directory);
  return new Failure(
    'conflict',
    `the server at ${url} (pid ${pid}) goes by the time of this machine`,
    'Start it with --clock +0s to move its clock.',
  );
}

function backwards(before: string, after: string, machine: number): Failure {
  const [was, wanted] = [before, after].map((clock) => isoTime(timeBy(clock, machine)));
  return new Failure(
    'conflict',
    `the clock shows ${was}, and ${wanted} is before: what was written since would lie in the future`,
    'Give a later time, or start a server with --clock on an empty state.',
  );
}

function print({ runtime, output }: CommandContext, clock: string | undefined): void {
  const machine = runtime.now();
  const now = isoTime(clock === undefined ? machine : timeBy(clock, machine));
  if (output.json) output.document({ now, clock: clock ?? null });
  else output.line(now);
  if (output.json) return;
  if (clock === undefined) output.note('the time of this machine');
  else output.note(clock.startsWith('+') ? `${clock} from the time of this machine` : 'it stands still');
}

/** `agent-paste status` */
import type { Command } from 'commander';
import { runningServers, type ServerNote } from '../../machine/server-notes.ts';
import { runningClock } from '../../machine/state-clock.ts';
import { moment } from '../../machine/values/time.ts';
import type { Action, CommandContext } from '../command.ts';
import { addExamples } from '../examples.ts';
import { noteMissingState } from '../new-places.ts';
import { commandSettings } from '../settings.ts';

/** The exit code of an unreachable target. */
const NOT_RUNNING = 3;

export function configure(command: Command, action: Action): void {
  addExamples(command, ['agent-paste status', 'agent-paste status --json'])
    .addHelpText('after', '\nExit codes: 0 a server of the state directory runs, 3 none runs.\n')
    .action(action((context) => status(context)));
}

async function status(context: CommandContext): Promise<void> {
  const { output } = context;
  const resolved = await commandSettings(context);
  const { values: settings } = resolved;
  noteMissingState(context, resolved);
  const servers = runningServers(settings['state-dir']);
  const clock = runningClock(settings['state-dir']);
  if (output.json) output.document(statusDocument(servers, clock));
  else if (servers.length === 0) output.line(`no server runs with the state ${settings['state-dir']}`);
  else for (const server of servers) for (const line of linesOf(server, clock)) output.line(line);
  if (servers.length === 0) context.exitWith(NOT_RUNNING);
}

/** The server that started last; `servers` lists all. */
export function statusDocument(servers: readonly ServerNote[], clock: string | undefined) {
  const [latest] = servers;
  return {
    running: latest !== undefined,
    url: latest?.url ?? null,
    pid: latest?.pid ?? null,
    issuer: latest?.issuer ?? null,
    client_id: latest?.client_id ?? null,
    db: latest?.db ?? null,
    started_at: latest?.started_at ?? null,
    ...(clock === undefined ? {} : { clock }),
    servers,
  };
}

function linesOf({ url, pid, issuer, client_id, db, started_at }: ServerNote, clock: string | undefined) {
  const row = (name: string, value: string) => `  ${name.padEnd(9)} ${value}`;
  return [
    `agent-paste runs at ${url} (pid ${pid}, since ${moment(started_at)})`,
    row('issuer', issuer),
    row('client', client_id),
    row('database', db),
    ...(clock === undefined ? [] : [row('clock', clock)]),
  ];
}

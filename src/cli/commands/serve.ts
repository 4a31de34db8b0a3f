/** `agent-paste serve` */

import type { Command } from 'commander';
import { Failure } from '../../errors/failure.ts';
import { CALLBACK_SETTINGS } from '../../machine/settings/callback.ts';
import { SERVER_SETTINGS } from '../../machine/settings/server.ts';
import { SIGN_IN_SETTINGS } from '../../machine/settings/sign-in.ts';
import { VERIFIER_SETTINGS } from '../../machine/settings/verifier.ts';
import { WORKOS_SETTINGS } from '../../machine/settings/workos.ts';
import type { ResolvedSettings, Settings } from '../../machine/settings.ts';
import { isLoopback, portProblem } from '../../machine/values/network.ts';
import { sdkEnvironment } from '../../server/environment.ts';
import type { RunningServer } from '../../server/parts.ts';
import { startServer } from '../../server/start.ts';
import type { Action, CommandContext } from '../command.ts';
import { addExamples } from '../examples.ts';
import { onHangup } from '../hangup.ts';
import { noteNewPlaces } from '../new-places.ts';
import { packageVersion, type Runtime } from '../runtime.ts';
import { flagNames, settingOptions } from '../setting-options.ts';
import { commandSettings } from '../settings.ts';
import { type CommandLog, createServerLog } from '../terminal/server-log.ts';
import { shellWord } from '../terminal/shell.ts';

export function configure(command: Command, action: Action): void {
  addExamples(command, [
    'agent-paste serve',
    'agent-paste serve --port 0 --db :memory: --json',
    'agent-paste serve --hold before-send=2s --in-flight conflict',
  ]);
  for (const rows of [SERVER_SETTINGS, VERIFIER_SETTINGS, WORKOS_SETTINGS, SIGN_IN_SETTINGS, CALLBACK_SETTINGS])
    settingOptions(command, ...flagNames(rows));
  command
    .option(
      '--bug <name>',
      'break the server on purpose, as `check --self-test` does; repeatable',
      (name, names: readonly string[] = []) => [...names, name],
    )
    .addHelpText(
      'after',
      `
Signals:
  SIGINT, SIGTERM  end the server once it has answered what is running, within 5
                   seconds; a second one ends it at once
  SIGHUP           ends a server whose terminal is closed; a server without one,
                   as under nohup or a service manager, reads its keys again
`,
    )
    .action(action((context, flags: ServeFlags) => serve(context, flags)));
}

interface ServeFlags {
  /** Not a setting, so neither a file nor the environment can switch a bug on. */
  readonly bug?: readonly string[];
}

async function serve(context: CommandContext, { bug: bugs = [] }: ServeFlags): Promise<void> {
  const { runtime, output } = context;
  process.report.excludeEnv = true; // a diagnostic report would contain WORKOS_API_KEY
  await closeInheritedInspector(context);
  const resolved = await commandSettings(context);
  const { values: settings } = resolved;
  noteNewPlaces(context, resolved, settings.db);
  const unreachable = portProblem(settings.port);
  if (unreachable !== undefined) throw new Failure('invalid_argument', `--port: ${unreachable}`);
  const wrapping =
    bugs.length === 0
      ? {}
      : (await import('../../conformance/check/bugs/bugs.ts')).wrappingWith(bugs, settings, runtime.random);
  // Signals are handled before any file is open, so that an early Ctrl-C also stops cleanly.
  const hangup = onHangup();
  const stopped = Promise.race([runtime.signal('SIGINT', 'SIGTERM'), runtime.parentGone(), hangup.terminalGone]);
  // Other processes cannot read a log in memory.
  const explainHere = settings.db === ':memory:' ? undefined : commandHere('explain', resolved, runtime);
  const log = createServerLog(context.runtime, context.output, settings.log, explainHere);
  const server = await startServer(
    settings,
    {
      now: runtime.now,
      random: runtime.random,
      log,
      version: packageVersion(),
    },
    wrapping,
  );
  const facts = {
    url: server.url,
    port: server.port,
    pid: process.pid,
    callback_url: server.callbackUrl,
    authorize_url: server.authorizeUrl,
    jwks_url: server.jwksUrl,
    client_id: settings['client-id'],
    issuer: settings.issuer,
    db: server.db,
    clock: server.clock ?? null,
  };
  try {
    if (output.json) output.document(facts);
    else if (output.quiet) output.line(facts.url);
    else banner(context, resolved, facts);
    await output.drained(); // otherwise no reader would see that it is ready
    warn(context, settings, bugs);
    hangup.reloads(() => reloadKeys(log, server));
    const failure = await Promise.race([stopped.then(() => log.note('stopping…')), server.failed]);
    if (failure) throw failure;
  } finally {
    await server.stop();
    hangup.stop();
  }
}

/** A debugger can read every secret. The user wants one from the command line; one from the environment may be forgotten. */
async function closeInheritedInspector({ runtime, output }: CommandContext): Promise<void> {
  const asked = process.execArgv.some((option) => option.startsWith('--inspect'));
  if (asked || !runtime.env.NODE_OPTIONS?.includes('--inspect')) return;
  const inspector = await import('node:inspector');
  if (inspector.url() === undefined) return;
  inspector.close();
  output.warning(
    'NODE_OPTIONS opened a debugger, which could read every secret: it is closed; to debug, run node --inspect',
  );
}

function warn({ output }: CommandContext, settings: Settings, bugs: readonly string[]): void {
  if (bugs.length > 0)
    output.warning(`THIS SERVER IS BROKEN ON PURPOSE: ${bugs.join(', ')}. Use it for nothing but tests.`);
  if (!isLoopback(settings.host))
    output.warning(
      'this server is open to the network: every machine that reaches it can use it with a token of its issuer',
    );
}

function reloadKeys(log: CommandLog, server: RunningServer): void {
  server.reloadKeys().then(
    () => log.note('keys reloaded'),
    (error: Error) => log.warning(`keys could not be reloaded: ${error.message}`),
  );
}

interface Facts {
  readonly url: string;
  readonly port: number;
  readonly callback_url: string;
  readonly jwks_url: string;
  readonly client_id: string;
  readonly issuer: string;
  readonly db: string;
  readonly clock: string | null;
}

function banner({ output, runtime }: CommandContext, resolved: ResolvedSettings, facts: Facts): void {
  const { bold, cyan, dim } = output.paintNote;
  const row = (name: string, value: string) => `  ${dim(name.padEnd(9))} ${value}`;
  const remote = resolved.values['workos-api-url'];
  output.note(
    [
      `${bold('agent-paste')} is ready at ${cyan(facts.url)}`,
      row('callback', `POST ${facts.callback_url}`),
      row('jwks', facts.jwks_url),
      row('client', facts.client_id),
      row('issuer', facts.issuer),
      row('database', facts.db),
      ...(facts.clock === null ? [] : [row('clock', facts.clock)]),
      row('WorkOS', remote ?? 'played by this server'),
      ...(remote === undefined ? signInRows(resolved.values, facts.port) : []).map(([name, value]) => row(name, value)),
      '',
      'Try, in another terminal:',
      `  curl -X POST ${facts.callback_url} -H "Authorization: Bearer ${exampleToken(resolved, runtime)}"`,
      '',
    ].join('\n'),
  );
}

/** The settings by which a dashboard signs in here. */
function signInRows(settings: Settings, port: number): readonly (readonly [string, string])[] {
  const variables = Object.entries(sdkEnvironment(port, settings)).map(([name, value]) => `${name}=${value}`);
  const signInAs = settings['sign-in-as'];
  return [
    ['dashboard', variables.join(' ')],
    ...(signInAs === undefined ? [] : [['sign-in', `as ${signInAs}, without showing the page`] as const]),
  ];
}

/** A token for this server. */
function exampleToken(resolved: ResolvedSettings, runtime: Pick<Runtime, 'env'>): string {
  if (resolved.values['workos-api-url'] !== undefined) return '<access token>';
  return `$(${commandHere('mint', resolved, runtime)} --email ada@example.com)`;
}

/** A command for the next terminal: it finds this server by the state directory. */
function commandHere(name: string, { values, origins }: ResolvedSettings, { env }: Pick<Runtime, 'env'>): string {
  // After `npm start` or `npx`, no `agent-paste` is on the PATH of the next terminal.
  const program = env.npm_execpath === undefined ? 'agent-paste' : 'npx agent-paste';
  const state = origins['state-dir'] === 'flag' ? ` --state-dir ${shellWord(values['state-dir'])}` : '';
  return `${program} ${name}${state}`;
}

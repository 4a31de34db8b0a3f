/** `agent-paste serve` */

import type { Command } from 'commander';
import { Failure } from '../../errors/failure.ts';
import { CALLBACK_SETTINGS } from '../../machine/settings/callback.ts';
import { INSPECTOR_SETTINGS } from '../../machine/settings/inspector.ts';
import { SERVER_SETTINGS } from '../../machine/settings/server.ts';
import { SIGN_IN_SETTINGS } from '../../machine/settings/sign-in.ts';
import { VERIFIER_SETTINGS } from '../../machine/settings/verifier.ts';
import { WORKOS_SETTINGS } from '../../machine/settings/workos.ts';
import type { Settings } from '../../machine/settings.ts';
import { isLoopback, portProblem } from '../../machine/values/network.ts';
import type { RunningServer } from '../../server/parts.ts';
import { startServer } from '../../server/start.ts';
import { list } from '../arguments.ts';
import type { Action, CommandContext } from '../command.ts';
import { addExamples } from '../examples.ts';
import { onHangup } from '../hangup.ts';
import { noteNewPlaces } from '../new-places.ts';
import { packageVersion } from '../runtime.ts';
import { flagNames, settingOptions } from '../setting-options.ts';
import { commandSettings } from '../settings.ts';
import { type CommandLog, createServerLog } from '../terminal/server-log.ts';
import { banner, commandHere } from './serve/banner.ts';
import { closeInheritedInspector } from './serve/inherited-inspector.ts';
import { inspectorBeside } from './serve/inspector.ts';
import { withInspectorMode } from './serve/inspector-mode.ts';
import { recorderFor } from './serve/recording.ts';

export function configure(command: Command, action: Action): void {
  addExamples(command, [
    'agent-paste serve',
    'agent-paste serve --port 0 --db :memory: --json',
    'agent-paste serve --hold before-send=2s --in-flight conflict',
  ]);
  for (const rows of [
    SERVER_SETTINGS,
    VERIFIER_SETTINGS,
    WORKOS_SETTINGS,
    SIGN_IN_SETTINGS,
    CALLBACK_SETTINGS,
    INSPECTOR_SETTINGS,
  ])
    settingOptions(command, ...flagNames(rows));
  command
    .option(
      '--bug <name>',
      'break the server on purpose, as `check --self-test` does; several with commas',
      list((name) => name),
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
  const resolved = withInspectorMode(await commandSettings(context), runtime);
  const { values: settings } = resolved;
  noteNewPlaces(context, resolved, settings.db);
  const unreachable = portProblem(settings.port);
  if (unreachable !== undefined) throw new Failure('invalid_argument', `--port: ${unreachable}`);
  const wrapping =
    bugs.length === 0
      ? {}
      : (await import('../../conformance/check/bugs/bugs.ts')).wrappingWith(bugs, settings, runtime.random);
  const recorder = await recorderFor(settings);
  // Signals are handled before any file is open, so that an early Ctrl-C also stops cleanly.
  using hangup = onHangup();
  const stopped = Promise.race([runtime.signal('SIGINT', 'SIGTERM'), runtime.parentGone(), hangup.terminalGone]);
  // Other processes cannot read a log in memory.
  const explainHere = settings.db === ':memory:' ? undefined : commandHere('explain', resolved, runtime);
  let inspector: Awaited<ReturnType<typeof inspectorBeside>>;
  const log = createServerLog(context.runtime, context.output, settings.log, explainHere, () => inspector?.url);
  const server = await startServer(
    settings,
    {
      now: runtime.now,
      random: runtime.random,
      log,
      version: packageVersion(),
      watch: recorder?.watch,
      inspectorUrl: () => inspector?.url,
    },
    wrapping,
  );
  inspector = await inspectorBeside(context, { resolved, server, recorder, onBug: log.bug }).catch(async (failure) => {
    await server.stop();
    throw failure;
  });
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
    inspector_url: inspector?.url ?? null,
    ...(server.clock === undefined ? {} : { clock: server.clock }),
  };
  try {
    if (output.json) output.document(facts);
    else if (output.quiet) output.line(facts.url);
    else banner(context, resolved, { ...facts, inspector_link: inspector?.link });
    await output.drained(); // otherwise no reader would see that it is ready
    warn(context, settings, bugs);
    hangup.reloads(() => reloadKeys(log, server));
    const failure = await Promise.race([stopped.then(() => log.note(stopping(server.unanswered()))), server.failed]);
    if (failure) throw failure;
  } finally {
    await inspector?.stop();
    await server.stop();
  }
}

function stopping(unanswered: number): string {
  if (unanswered === 0) return 'stopping…';
  return `stopping… after ${unanswered === 1 ? '1 request that is' : `${unanswered} requests that are`} under way`;
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

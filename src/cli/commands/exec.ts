/** `agent-paste exec -- <command…>` */
import { type ChildProcess, spawn } from 'node:child_process';
import { isatty } from 'node:tty';
import type { Command } from 'commander';
import { Failure, signalExitCode } from '../../errors/failure.ts';
import type { RandomSource } from '../../machine/random.ts';
import { CALLBACK_SETTINGS } from '../../machine/settings/callback.ts';
import { SIGN_IN_SETTINGS } from '../../machine/settings/sign-in.ts';
import { VERIFIER_SETTINGS } from '../../machine/settings/verifier.ts';
import type { ResolvedSettings, Settings } from '../../machine/settings.ts';
import { DATABASE_URL_FORM, isDatabaseUrl, withPassword, withSchema } from '../../machine/values/database-url.ts';
import { duration } from '../../machine/values/duration.ts';
import { email } from '../../machine/values/user.ts';
import { startTemporaryServer, type TemporaryServer } from '../../server/temporary-server.ts';
import { openProbe } from '../../store/open.ts';
import { argument } from '../arguments.ts';
import type { Action, CommandContext } from '../command.ts';
import { addExamples } from '../examples.ts';
import { packageVersion } from '../runtime.ts';
import { flagNames, settingOption, settingOptions } from '../setting-options.ts';
import { commandSettings } from '../settings.ts';
import { createServerLog } from '../terminal/server-log.ts';
import { notStarted } from './exec/not-started.ts';
import { forwardSignals, type SignalForwarding } from './exec/signals.ts';

interface ExecFlags {
  readonly email?: string;
  /** Milliseconds. */
  readonly expiresIn?: number;
}

/** Longer than the lifetime of AuthKit, for commands that run longer. */
const AN_HOUR_MS = 3_600_000;

export function configure(command: Command, action: Action): void {
  addExamples(command, [
    'agent-paste exec -- npm test',
    'agent-paste exec --redirect-uri http://localhost:3000/callback --sign-in-as ada@example.com -- npm test',
    `agent-paste exec -- sh -c 'curl -X POST $AGENT_PASTE_API_URL/v1/auth/web/callback -H "Authorization: Bearer $AGENT_PASTE_TOKEN"'`,
  ])
    .argument('<command...>', 'the command and its arguments, after --')
    .option(
      '--email <address>',
      'whose sign-in AGENT_PASTE_TOKEN is (default ada@example.com)',
      argument('--email', email),
    )
    .option(
      '--expires-in <duration>',
      'lifetime of AGENT_PASTE_TOKEN (default 1h)',
      argument('--expires-in', duration('1s', '365d')),
    );
  settingOption(command, 'db', {
    says: 'PostgreSQL database in which the server gets a schema for this run, instead of a file',
    showsDefault: false,
  });
  settingOptions(
    command,
    'port',
    'log',
    'key-env',
    'hold',
    'clock',
    'seed',
    'allow-origin',
    ...flagNames(VERIFIER_SETTINGS),
    ...flagNames(CALLBACK_SETTINGS),
    ...flagNames(SIGN_IN_SETTINGS),
  )
    .addHelpText(
      'after',
      `
The command finds in its environment:
  AGENT_PASTE_API_URL    base URL of the server
  AGENT_PASTE_TOKEN      access token of a user who has not signed in yet
  AGENT_PASTE_STATE_DIR  where \`agent-paste mint\` finds the keys of the server
  WORKOS_API_BASE_URL, WORKOS_API_KEY, WORKOS_CLIENT_ID, WORKOS_ISSUER and
  WORKOS_JWKS_URL        for programs that ask WorkOS themselves
  WORKOS_API_HOSTNAME, WORKOS_API_PORT and
  WORKOS_API_HTTPS       for a dashboard that signs in with an SDK of WorkOS
`,
    )
    .action(action((context, [name = '', ...args]: string[], flags: ExecFlags) => execute(context, flags, name, args)));
}

async function execute(
  context: CommandContext,
  flags: ExecFlags,
  name: string,
  args: readonly string[],
): Promise<void> {
  const resolved = await commandSettings(context);
  const { values, origins } = resolved;
  // Signals are handled before any file is open, so that an early Ctrl-C leaves no files behind.
  const signals = forwardSignals(isatty(0));
  const form = origins.log === 'default' ? 'pretty' : values.log;
  const requests = origins.log === 'default' ? lastLines() : context.runtime.stderr;
  let server: TemporaryServer | undefined;
  let database: string | undefined;
  try {
    const edge = {
      now: context.runtime.now,
      random: context.runtime.random,
      log: createServerLog({ ...context.runtime, stderr: requests }, context.output, form),
      version: packageVersion(),
    };
    // The variable may come from an outer `exec`, and tests must not use the state of a developer.
    const stateDirectory = origins['state-dir'] === 'flag' ? values['state-dir'] : undefined;
    const settings = freshServer(resolved, context.runtime.random);
    database = settings.db === undefined ? undefined : withPassword(settings.db, settings['db-password']);
    server = await startTemporaryServer(settings, edge, { stateDirectory, purpose: 'exec' });
    const { email: address, expiresIn = AN_HOUR_MS } = flags;
    const user = address === undefined ? {} : { email: address };
    const { token } = server.minter.mint({ ...user, expiresIn: expiresIn / 1000 });
    const environment = { ...context.runtime.env, ...server.environment(), AGENT_PASTE_TOKEN: token };
    const code = signals.early() ?? (await run(context, { name, args, environment, signals }));
    if (code !== 0 && 'told' in requests) tellRequests(context, requests.told());
    context.exitWith(code);
  } finally {
    signals.stop();
    await server?.[Symbol.asyncDispose]();
    if (database !== undefined) await (await openProbe(database)).remove();
  }
}

const MOST_LINES = 20;

/** Keeps the last lines of the server's log, for a command that fails. */
function lastLines() {
  let kept: readonly string[] = [];
  return {
    write(line: string) {
      kept = [...kept, line].slice(-MOST_LINES);
    },
    told: () => kept,
  };
}

function tellRequests({ output, runtime }: CommandContext, lines: readonly string[]): void {
  if (lines.length === 0 || output.quiet) return;
  output.note(
    output.paintNote.dim(
      lines.length < MOST_LINES ? 'requests to the server:' : `last ${MOST_LINES} requests to the server:`,
    ),
  );
  for (const line of lines) runtime.stderr.write(line);
}

/** This server plays its own WorkOS and has its own database; settings of the environment for another one are ignored. */
function freshServer({ values, origins }: ResolvedSettings, random: Pick<RandomSource, 'bytes'>): Settings {
  const database = origins.db === 'flag' ? values.db : undefined;
  if (database !== undefined && !isDatabaseUrl(database))
    throw new Failure(
      'invalid_argument',
      `--db: must be ${DATABASE_URL_FORM}, not ${database}`,
      'Without --db, the server has a file of its own.',
    );
  return {
    ...values,
    port: origins.port === 'flag' ? values.port : 0,
    host: '127.0.0.1',
    'allow-remote': 'false',
    db: database === undefined ? undefined : withSchema(database, `exec_${random.bytes(6).toString('hex')}`),
    peppers: undefined,
    'peppers-json': undefined,
    'workos-api-url': undefined,
    'jwks-url': undefined,
  };
}

interface Invocation {
  readonly name: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signals: SignalForwarding;
}

/** @returns the exit code that a shell would return */
function run({ output, runtime }: CommandContext, { name, args, environment, signals }: Invocation): Promise<number> {
  return new Promise((resolve) => {
    const fail = (error: NodeJS.ErrnoException) => {
      const failure = notStarted(error, name, { cwd: runtime.cwd, path: environment.PATH });
      output.failure(failure);
      resolve(failure.code === 'not_found' ? 127 : 126);
    };
    let child: ChildProcess;
    try {
      child = spawn(name, args, { stdio: 'inherit', cwd: runtime.cwd, env: environment });
    } catch (error) {
      // Node throws at once for some names: an empty one, one with NUL, one below a file.
      fail(error as NodeJS.ErrnoException);
      return;
    }
    signals.to(child);
    child.once('error', fail);
    child.once('exit', (code, signal) => resolve(code ?? signalExitCode(signal as NodeJS.Signals)));
  });
}

/** `agent-paste exec -- <command…>` */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { isatty } from 'node:tty';
import type { Command } from 'commander';
import { LOCAL_API_KEY, type Settings } from '../config.ts';
import { Failure } from '../errors.ts';
import { openKeyring } from '../issuer/keyring.ts';
import { mintToken } from '../issuer/mint.ts';
import { refuseBadEmail, resolveUser } from '../local-users.ts';
import { type RunningServer, startServer } from '../serve.ts';
import { duration } from '../setting-values.ts';
import { openStateDirectory } from '../state-directory.ts';
import { openDirectory } from '../store/directory.ts';
import type { Action, CommandContext } from './command.ts';
import { addExamples } from './examples.ts';
import { packageVersion } from './runtime.ts';
import { createServerLog } from './server-log.ts';
import { commandSettings } from './settings.ts';

interface ExecFlags {
  readonly email?: string;
  /** Milliseconds. */
  readonly expiresIn?: number;
}

/** Longer than that of AuthKit, for commands that take longer. */
const AN_HOUR_MS = 3_600_000;

export function configure(command: Command, action: Action): void {
  addExamples(command, [
    'agent-paste exec -- npm test',
    `agent-paste exec -- sh -c 'curl -X POST $AGENT_PASTE_API_URL/v1/auth/web/callback -H "Authorization: Bearer $AGENT_PASTE_TOKEN"'`,
  ])
    .argument('<command...>', 'the command and its arguments, after --')
    .option('--email <address>', 'whose sign-in AGENT_PASTE_TOKEN is (default ada@example.com)')
    .option('--expires-in <duration>', 'lifetime of AGENT_PASTE_TOKEN (default 1h)', lifetime)
    .option('--seed <file>', 'YAML or JSON file with users, workspaces and artifacts to begin with')
    .addHelpText(
      'after',
      `
The command finds in its environment:
  AGENT_PASTE_API_URL    base URL of the server
  AGENT_PASTE_TOKEN      access token of a user who has not signed in yet
  AGENT_PASTE_STATE_DIR  where \`agent-paste mint\` finds the keys of the server
  WORKOS_API_BASE_URL, WORKOS_API_KEY, WORKOS_CLIENT_ID, WORKOS_ISSUER and
  WORKOS_JWKS_URL        for programs that ask WorkOS themselves
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
  const { values, origins } = await commandSettings(context);
  if (flags.email !== undefined) refuseBadEmail(flags.email);
  // Listened for before anything is open, so that an early Ctrl-C leaves nothing behind either.
  const signals = forwardSignals(isatty(0));
  const temporary = origins['state-dir'] === 'default' ? mkdtempSync(join(tmpdir(), 'agent-paste-exec-')) : undefined;
  let server: RunningServer | undefined;
  try {
    const settings = freshServer(values, temporary ?? values['state-dir']);
    server = await startServer(settings, {
      now: context.runtime.now,
      random: context.runtime.random,
      log: createServerLog(context, 'off'),
      version: packageVersion(),
    });
    const token = await mintFor(context, settings, flags);
    const environment = { ...context.runtime.env, ...exported(server, settings, token) };
    context.exitWith(signals.early() ?? (await run(context, { name, args, environment, signals })));
  } finally {
    signals.stop();
    await server?.stop();
    if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true });
  }
}

/** Whatever the environment says about another WorkOS: this server plays its own, with a database of its own. */
function freshServer(values: Settings, stateDirectory: string): Settings {
  return {
    ...values,
    'state-dir': stateDirectory,
    port: 0,
    host: '127.0.0.1',
    'allow-remote': 'false',
    db: undefined,
    'workos-api-url': undefined,
    'jwks-url': undefined,
  };
}

async function mintFor(
  { runtime: { now, random } }: CommandContext,
  settings: Settings,
  { email, expiresIn = AN_HOUR_MS }: ExecFlags,
): Promise<string> {
  const paths = openStateDirectory(settings['state-dir']);
  const directory = openDirectory(paths.users);
  try {
    const at = now();
    const { user, save } = resolveUser(directory, email === undefined ? {} : { email }, { now: at, random });
    save();
    const { issuer, 'client-id': clientId } = settings;
    const options = { issuer, clientId, sub: user.id, expiresIn: expiresIn / 1000 };
    return mintToken(options, { keyring: openKeyring(paths.signingKeys), now: at, random }).token;
  } finally {
    directory.close();
  }
}

function exported({ url, jwksUrl }: RunningServer, settings: Settings, token: string): Record<string, string> {
  return {
    AGENT_PASTE_API_URL: url,
    AGENT_PASTE_STATE_DIR: settings['state-dir'],
    AGENT_PASTE_TOKEN: token,
    WORKOS_API_BASE_URL: url,
    WORKOS_API_KEY: settings['workos-api-key'] ?? LOCAL_API_KEY,
    WORKOS_CLIENT_ID: settings['client-id'],
    WORKOS_ISSUER: settings.issuer,
    WORKOS_JWKS_URL: jwksUrl,
  };
}

interface Invocation {
  readonly name: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signals: SignalForwarding;
}

/** @returns the exit code as a shell would give it */
function run({ output, runtime }: CommandContext, { name, args, environment, signals }: Invocation): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(name, args, { stdio: 'inherit', cwd: runtime.cwd, env: environment });
    signals.to(child);
    child.once('error', (error: NodeJS.ErrnoException) => {
      const missing = error.code === 'ENOENT';
      output.failure(
        new Failure(
          missing ? 'not_found' : 'invalid_argument',
          missing ? `${name}: no such command` : `${name} cannot be executed (${error.code})`,
          missing ? undefined : 'Is it a program, and may you execute it?',
          error,
        ),
      );
      resolve(missing ? 127 : 126);
    });
    child.once('exit', (code, signal) => resolve(code ?? exitCodeOf(signal)));
  });
}

function exitCodeOf(signal: NodeJS.Signals | null): number {
  return 128 + (signal === null ? 0 : constants.signals[signal]);
}

interface SignalForwarding {
  /** Every signal from now on goes to this process. */
  to(child: ChildProcess): void;
  /** The exit code of a signal that came before there was a process to send it to. */
  early(): number | undefined;
  stop(): void;
}

/** A terminal sends SIGINT and SIGHUP to the command as well: those are not sent twice. */
function forwardSignals(hasTerminal: boolean): SignalForwarding {
  let child: ChildProcess | undefined;
  let early: NodeJS.Signals | undefined;
  const forward = (signal: NodeJS.Signals): void => {
    if (child === undefined) early ??= signal;
    else if (!hasTerminal || signal === 'SIGTERM') child.kill(signal);
  };
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of names) process.on(name, forward);
  return {
    to: (process) => {
      child = process;
    },
    early: () => (early === undefined ? undefined : exitCodeOf(early)),
    stop: () => names.forEach((name) => void process.off(name, forward)),
  };
}

function lifetime(text: string): number {
  return duration('1s', '365d')(text, (problem) => new Failure('invalid_argument', `--expires-in: ${problem}`));
}

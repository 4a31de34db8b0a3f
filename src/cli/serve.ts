/** `agent-paste serve` */
import type { Command } from 'commander';
import type { ResolvedSettings, Settings } from '../config.ts';
import { type RunningServer, startServer } from '../serve.ts';
import { isLoopback } from '../setting-values.ts';
import type { Action, CommandContext } from './command.ts';
import { addExamples } from './examples.ts';
import { packageVersion, type Runtime } from './runtime.ts';
import { type CommandLog, createServerLog } from './server-log.ts';
import { commandSettings } from './settings.ts';

export function configure(command: Command, action: Action): void {
  addExamples(command, [
    'agent-paste serve',
    'agent-paste serve --port 0 --db :memory: --json',
    'agent-paste serve --hold before-send=2s --in-flight conflict',
  ])
    .option('--port <port>', 'port, 0 for any free one (default 8787)')
    .option('--host <host>', 'address to listen on (default 127.0.0.1)')
    .option('--allow-remote', 'let --host be an address that is not loopback')
    .option('--allow-host <host...>', 'further Host headers to answer to, such as api.test:8787')
    .option('--allow-origin <origin...>', 'origins whose pages may call, such as http://localhost:3000')
    .option('--db <path>', 'database file, or :memory: (default agent-paste.db in the state directory)')
    .option('--seed <file>', 'YAML or JSON file with users, workspaces and artifacts to begin with')
    .option('--client-id <id>', 'WorkOS client of the tokens (WORKOS_CLIENT_ID)')
    .option('--client-id-claim <mode>', 'required, or optional: accept tokens that name no client (default required)')
    .option('--issuer <url>', 'issuer of the tokens (WORKOS_ISSUER; default https://api.workos.com)')
    .option('--workos-api-url <url>', 'ask this WorkOS instead of playing it (WORKOS_API_BASE_URL)')
    .option('--jwks-url <url>', 'fetch the keys from here (WORKOS_JWKS_URL)')
    .option('--jwks-max-age <duration>', 'how long fetched keys are used (default 1h)')
    .option('--clock-tolerance <duration>', 'how far exp and nbf may be off, up to 60s (default 0s)')
    .option('--idempotency-ttl <duration>', 'how long an answer is replayed (default 24h)')
    .option(
      '--in-flight <mode>',
      'wait for the running callback of the same key, or conflict: 409 at once (default wait)',
    )
    .option('--in-flight-wait <duration>', 'how long to wait before 409 (default 5s)')
    .option('--key-env <env>', 'preview, production or live, as API keys name it (default preview)')
    .option(
      '--hold <point=duration...>',
      'stop there for a while, such as before-send=2s; points: after-verify, before-commit, after-commit, before-send',
    )
    .option('--log <form>', 'pretty, json or off (default pretty)')
    .option(
      '--bug <name>',
      'break the server on purpose, as `check --self-test` does; repeatable',
      (name, names: readonly string[] = []) => [...names, name],
    )
    .action(action((context, flags: ServeFlags) => serve(context, flags)));
}

interface ServeFlags {
  /** No setting: neither a file nor the environment can switch a bug on. */
  readonly bug?: readonly string[];
}

async function serve(context: CommandContext, { bug: bugs = [] }: ServeFlags): Promise<void> {
  const { runtime, output } = context;
  process.report.excludeEnv = true; // where a diagnostic report is asked for, it would hold WORKOS_API_KEY
  await closeInheritedInspector(context);
  const resolved = await commandSettings(context);
  const { values: settings } = resolved;
  const wrapping =
    bugs.length === 0 ? {} : (await import('../bugs/bugs.ts')).wrappingWith(bugs, settings, runtime.random);
  // Listened for before anything is open, so that an early Ctrl-C ends in order too.
  const stopped = Promise.race([runtime.signal('SIGINT', 'SIGTERM'), runtime.parentGone()]);
  const log = createServerLog(context, settings.log);
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
    jwks_url: server.jwksUrl,
    client_id: settings['client-id'],
    issuer: settings.issuer,
    db: server.db,
  };
  try {
    if (output.json) output.document(facts);
    else banner(context, resolved, facts);
    await output.drained(); // nobody would know that it is ready
    warn(context, settings, bugs);
    const failure = await Promise.race([untilStopped(log, server, stopped), server.failed]);
    if (failure) throw failure;
  } finally {
    await server.stop();
  }
}

/** A debugger reads every secret. One that is asked for on the command line is meant; one in the environment may be left over. */
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
    output.warning('this server is open to the network: whoever reaches it can use it with a token of its issuer');
}

/** SIGHUP fetches the keys anew in the meantime. */
async function untilStopped(log: CommandLog, server: RunningServer, stopped: Promise<unknown>): Promise<void> {
  const reload = () => {
    server.reloadKeys().then(
      () => log.note('keys reloaded'),
      (error: Error) => log.warning(`keys could not be reloaded: ${error.message}`),
    );
  };
  process.on('SIGHUP', reload);
  await stopped;
  process.off('SIGHUP', reload);
  // A second signal finds no listener and ends the process at once.
  log.note('stopping…');
}

interface Facts {
  readonly url: string;
  readonly callback_url: string;
  readonly jwks_url: string;
  readonly client_id: string;
  readonly issuer: string;
  readonly db: string;
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
      row('WorkOS', remote ?? 'played by this server'),
      '',
      'Try, in another terminal:',
      `  curl -X POST ${facts.callback_url} -H "Authorization: Bearer ${exampleToken(resolved, runtime)}"`,
      '',
    ].join('\n'),
  );
}

/** A token for this server, made by a command that repeats what was given here by flag. */
function exampleToken({ values, origins }: ResolvedSettings, { env }: Pick<Runtime, 'env'>): string {
  if (values['workos-api-url'] !== undefined) return '<access token>';
  const repeated = (['state-dir', 'issuer', 'client-id'] as const)
    .filter((name) => origins[name] === 'flag')
    .map((name) => ` --${name} ${shellWord(values[name])}`);
  // Whoever started this with `npm start` or `npx` has no `agent-paste` in the next terminal.
  const program = env.npm_execpath === undefined ? 'agent-paste' : 'npx agent-paste';
  return `$(${program} mint --email ada@example.com${repeated.join('')})`;
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

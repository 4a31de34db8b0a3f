/** The subcommands, a line each. Only the one that is called is loaded, and `mint`. */
import type { CommandRow } from './command.ts';
import * as mint from './commands/mint.ts';

export const COMMANDS = {
  serve: { summary: 'run the callback API on this machine', serves: true, load: () => import('./commands/serve.ts') },
  // Part of the entry, because it is called most often and would otherwise need a dozen files.
  mint: { summary: 'print a signed test token', load: async () => mint },
  replay: {
    summary: 'send callbacks with chosen jti / sid and judge what comes back',
    serves: true,
    load: () => import('./commands/replay.ts'),
  },
  check: {
    summary: 'prove a callback server idempotent: named invariants against any base URL',
    serves: true,
    load: () => import('./commands/check.ts'),
  },
  keys: { summary: 'signing keys: list, rotate, retire, import, export', load: () => import('./commands/keys.ts') },
  users: {
    summary: 'the local WorkOS user directory: list, add, update, sign-out, remove',
    load: () => import('./commands/users.ts'),
  },
  inspect: {
    summary: 'workspaces, members, keys, events, callbacks, records, users, sessions',
    load: () => import('./commands/inspect.ts'),
  },
  explain: {
    summary: 'why a token is accepted or refused, check by check',
    load: () => import('./commands/explain.ts'),
  },
  exec: {
    summary: 'start a server, run the command against it, stop, return its exit code',
    serves: true,
    load: () => import('./commands/exec.ts'),
  },
  status: { summary: 'which server runs with this state, and where', load: () => import('./commands/status.ts') },
  clock: { summary: 'the clock of a server: show it, or move it on', load: () => import('./commands/clock.ts') },
  wait: { summary: 'wait until the server answers, and print its URL', load: () => import('./commands/wait.ts') },
  doctor: {
    summary: 'is this installation, state directory and configuration sound?',
    load: () => import('./commands/doctor.ts'),
  },
  reset: { summary: 'empty the state (asks, or --yes)', load: () => import('./commands/reset.ts') },
  sweep: { summary: 'drop expired records now', load: () => import('./commands/sweep.ts') },
  migrate: {
    summary: 'make or update the tables of a PostgreSQL database, as their owner',
    load: () => import('./commands/migrate.ts'),
  },
  completion: {
    summary: 'completion script for bash, zsh, fish or powershell',
    load: () => import('./commands/completion.ts'),
  },
  complete: {
    summary: 'completions for a command line',
    hidden: true,
    load: () => import('./commands/completion/complete.ts'),
  },
} as const satisfies Record<string, CommandRow>;

/** The subcommands: a line each, and where the rest is. Only the one that is called gets loaded, and `mint`. */
import type { CommandRow } from './command.ts';
import * as mint from './mint.ts';

export const COMMANDS = {
  serve: { summary: 'run the callback API on this machine', load: () => import('./serve.ts') },
  // Part of the entry: it is called most often, and saves the search for the dozen files that it would be in.
  mint: { summary: 'print a signed test token', load: async () => mint },
  replay: {
    summary: 'send callbacks with chosen jti / sid and judge what comes back',
    load: () => import('./replay.ts'),
  },
  check: {
    summary: 'prove a callback server idempotent: named invariants against any base URL',
    load: () => import('./check.ts'),
  },
  keys: { summary: 'signing keys: list, rotate, retire, import, export', load: () => import('./keys.ts') },
  users: { summary: 'the local WorkOS user directory: list, add, remove', load: () => import('./users.ts') },
  inspect: {
    summary: 'workspaces, members, keys, events, callbacks, records, users',
    load: () => import('./inspect.ts'),
  },
  explain: { summary: 'why a token is accepted or refused, check by check', load: () => import('./explain.ts') },
  exec: {
    summary: 'start a server, run the command against it, stop, return its exit code',
    load: () => import('./exec.ts'),
  },
  doctor: {
    summary: 'is this installation, state directory and configuration sound?',
    load: () => import('./doctor.ts'),
  },
  reset: { summary: 'empty the state (asks, or --yes)', load: () => import('./reset.ts') },
  sweep: { summary: 'drop expired records now', load: () => import('./sweep.ts') },
  completion: { summary: 'completion script for bash, zsh, fish or powershell', load: () => import('./completion.ts') },
  complete: { summary: 'completions for a command line', hidden: true, load: () => import('./complete.ts') },
} as const satisfies Record<string, CommandRow>;

export type CommandName = keyof typeof COMMANDS;

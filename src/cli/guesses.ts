/** What people try first, and what they need. */
import type { Command } from 'commander';

const SHORT_FLAGS: Readonly<Record<string, string>> = {
  '-c': '--config',
  '-d': '--state-dir',
  '-e': '--email',
  '-f': '--force',
  '-H': '--host',
  '-j': '--json',
  '-l': '--limit',
  '-n': '--count',
  '-o': '--format',
  '-p': '--port',
  '-q': '--quiet',
  '-s': '--seed',
  '-t': '--token',
  '-u': '--url',
  '-v': '--version',
  '-y': '--yes',
};

const COMMANDS: Readonly<Record<string, string>> = {
  audit: 'inspect --audit',
  clean: 'reset',
  clear: 'reset',
  debug: 'explain',
  decode: 'explain',
  dev: 'serve',
  init: 'serve',
  jwks: 'keys export',
  kill: 'status',
  list: 'inspect members',
  log: 'inspect callbacks --follow',
  logs: 'inspect callbacks --follow',
  ls: 'inspect members',
  rotate: 'keys rotate',
  run: 'serve',
  server: 'serve',
  show: 'inspect',
  shutdown: 'status',
  sign: 'mint',
  start: 'serve',
  stop: 'status',
  tail: 'inspect callbacks --follow',
  test: 'check',
  token: 'mint',
  user: 'users',
  verify: 'explain',
  version: '--version',
};

/** What no command does: a server belongs to its terminal or to who started it. */
const STOPS = new Set(['stop', 'shutdown', 'kill']);

const SUBCOMMANDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  users: { create: 'add', new: 'add', rm: 'remove', delete: 'remove', del: 'remove', ls: 'list', show: 'list' },
  keys: {
    add: 'import',
    new: 'rotate',
    create: 'rotate',
    generate: 'rotate',
    rm: 'retire',
    remove: 'retire',
    ls: 'list',
  },
  completion: { install: 'bash' },
};

/** A sentence for the hint; empty where nothing is known. @param command the subcommand, if one was called */
export function guessed(program: Command, command: Command | undefined, argv: readonly string[], said: string): string {
  const flag = /^unknown option '([^']+)'/.exec(said)?.[1];
  if (flag !== undefined) return meant(longFlag(program, command, flag));
  const name = /^unknown command '([^']+)'/.exec(said)?.[1];
  if (name !== undefined)
    return `${meant(otherName(command, name))}${STOPS.has(name) ? 'A server ends with Ctrl-C, or with SIGTERM to its pid. ' : ''}`;
  return said.startsWith('too many arguments') && command !== undefined ? meant(flagFor(command, argv)) : '';
}

function meant(what: string | undefined): string {
  return what === undefined ? '' : `Did you mean \`${what}\`? `;
}

function longFlag(program: Command, command: Command | undefined, flag: string): string | undefined {
  const wanted = own(SHORT_FLAGS, flag.slice(0, 2));
  const has = (one: Command | undefined) => one?.options.some(({ long }) => long === wanted) === true;
  return has(program) || has(command) || command?.commands.some(has) ? wanted : undefined;
}

function otherName(command: Command | undefined, name: string): string | undefined {
  if (command === undefined) {
    const found = own(COMMANDS, name);
    return found === undefined ? undefined : `agent-paste ${found}`;
  }
  const found = own(own(SUBCOMMANDS, command.name()) ?? {}, name);
  return found === undefined ? undefined : `agent-paste ${command.name()} ${found}`;
}

/** `mint ada@example.com`, `serve 3000`, `check http://127.0.0.1:3000` */
function flagFor(command: Command, argv: readonly string[]): string | undefined {
  const has = (flag: string) => command.options.some(({ long }) => long === flag);
  for (const word of argv.slice(argv.indexOf(command.name()) + 1)) {
    if (/^[^\s@-][^\s@]*@[^\s@]+$/.test(word) && has('--email')) return `agent-paste ${command.name()} --email ${word}`;
    if (/^https?:\/\//.test(word) && has('--url')) return `agent-paste ${command.name()} --url ${word}`;
    if (/^\d+$/.test(word) && has('--port')) return `agent-paste ${command.name()} --port ${word}`;
  }
  return undefined;
}

/** Names of a prototype are none. */
function own<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

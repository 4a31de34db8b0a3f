/** `docs/commands.md`, made of the program itself. `npm run docs` writes it; a test compares. */
import { writeFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import type { Command } from 'commander';
import ms from 'ms';
import { createProgram } from '../../src/cli/program.ts';
import { SETTINGS, type Setting } from '../../src/config.ts';
import { EXIT_CODES } from '../../src/errors.ts';

/** Help is as wide as a terminal of 80 columns. */
const TERMINAL = Object.assign(new PassThrough(), { columns: 80 });

export const COMMANDS_PAGE = new URL('../../docs/commands.md', import.meta.url);

const EXIT_CODE_MEANINGS: Readonly<Record<number, string>> = {
  0: 'done',
  1: 'the verdict is no: an expectation failed, the token is refused, a check or `doctor` found something',
  2: 'usage, configuration or seed invalid',
  3: 'target unreachable or timed out',
  4: 'target refused our credentials',
  5: 'not found',
  6: 'conflict, or in flight and not resolved in time',
  7: 'local state: locked, corrupt, wrong owner, newer schema',
  70: 'a bug of agent-paste',
  130: 'interrupted by SIGINT; 143 by SIGTERM',
};

export async function commandsPage(): Promise<string> {
  let help = '';
  const program = await createProgram({
    runtime: { argv: ['--help'], stdout: TERMINAL, stderr: TERMINAL },
    output: {
      line: (text) => {
        help += `${text}\n`;
      },
    },
    action: () => async () => undefined,
    configured: () => true,
  });
  const helpOf = (command: Command): string => {
    help = '';
    command.outputHelp();
    return help.trim();
  };
  const globalOptions = /\n*Global Options:\n(?: {2}.*\n?)+/;
  const sections = [...commandsBelow(program)].map(({ path, command }) => {
    const text = helpOf(command).replace(globalOptions, '\n').trimEnd();
    return `${path.includes(' ') ? '###' : '##'} agent-paste ${path}\n\n\`\`\`text\n${text}\n\`\`\`\n`;
  });
  return `# Commands

This page is made of the program by \`npm run docs\`; \`agent-paste <command> --help\` says the same.
Names, flags, JSON fields and exit codes are what scripts depend on: they may grow, not change.

stdout is the result and nothing else; banner, log, progress, hints and errors go to stderr. With \`--json\` the result is
one document with \`schema_version: 1\`, and an error is one object on stderr: \`{"error":{"code","message","hint"}}\`.

\`\`\`text
${helpOf(program)}
\`\`\`

## Exit codes

| code | meaning | \`error.code\` under \`--json\` |
| --- | --- | --- |
${exitCodeRows()}

\`exec\` returns the exit code of its command.

## Settings

A setting comes from its flag, else its environment variable, else \`agent-paste.config.json\` or \`.yaml\` (the nearest
upwards from the working directory, or \`--config\`), else the default. \`agent-paste doctor --json\` shows which. In the
file, settings have the names of their flags:

\`\`\`yaml
issuer: https://auth.example.com
client-id-claim: optional
allow-origin: [http://localhost:3000]
\`\`\`

| setting | environment variable | default | accepted |
| --- | --- | --- | --- |
${settingRows()}

\`workos-api-key\` has no flag, because a command line can be read by everybody on the machine. \`NO_COLOR\` and
\`FORCE_COLOR\` switch colours off and on. \`AGENT_PASTE_TOKEN\` is the token for \`explain\`, \`replay\` and \`check\` where
none is given.

${sections.join('\n')}`;
}

function exitCodeRows(): string {
  const names = Map.groupBy(Object.entries(EXIT_CODES), ([, code]) => code);
  return Object.entries(EXIT_CODE_MEANINGS)
    .map(([code, meaning]) => {
      const codes = (names.get(Number(code) as (typeof EXIT_CODES)[keyof typeof EXIT_CODES]) ?? []).map(
        ([name]) => `\`${name}\``,
      );
      return `| ${code} | ${meaning} | ${codes.join(', ')} |`;
    })
    .join('\n');
}

function settingRows(): string {
  return Object.entries<Setting<unknown>>(SETTINGS)
    .map(([name, { env, fallback, parse, secret }]) => {
      const choices = 'choices' in parse ? (parse.choices as string[]).map((choice) => `\`${choice}\``).join(', ') : '';
      const shown = env === undefined ? '' : `\`${env}\``;
      return `| \`${name}\` | ${shown} | ${defaultText(name, fallback)} | ${secret ? 'a secret' : choices} |`;
    })
    .join('\n');
}

/** Durations are kept in milliseconds, and read as people write them. */
function defaultText(name: string, fallback: unknown): string {
  if (fallback === undefined || (Array.isArray(fallback) && fallback.length === 0)) return '';
  const isDuration = typeof fallback === 'number' && /(age|ttl|wait)$/.test(name);
  return `\`${isDuration ? ms(fallback) : fallback}\``;
}

function* commandsBelow(command: Command, prefix = ''): Iterable<{ path: string; command: Command }> {
  for (const each of command.commands) {
    if (each.name() === 'complete' || each.name() === 'help') continue;
    const path = `${prefix}${each.name()}`;
    yield { path, command: each };
    yield* commandsBelow(each, `${path} `);
  }
}

if (import.meta.main) writeFileSync(COMMANDS_PAGE, await commandsPage());

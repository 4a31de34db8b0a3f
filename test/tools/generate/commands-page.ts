/** `docs/commands.md`: what the program says of itself. */
import type { Command } from 'commander';
import { createProgram } from '../../../src/cli/program.ts';
import { defaultText } from '../../../src/cli/setting-options.ts';
import { EXIT_CODE_MEANINGS, EXIT_CODES } from '../../../src/errors/failure.ts';
import type { Setting } from '../../../src/machine/settings/setting.ts';
import { SETTING_NAMES, SETTINGS } from '../../../src/machine/settings.ts';
import { command } from '../../support/command.ts';
import { markdownTable } from './sections.ts';

export async function commandsPage(): Promise<string> {
  const paths = await commandPaths();
  const sections = await Promise.all(paths.map(commandSection));
  return `# Commands

This page is generated from the program by \`npm run generate\`; \`agent-paste <command> --help\` says the same.
Names, flags, JSON fields and exit codes are what scripts depend on: they may grow, not change.

stdout is the result and nothing else; banner, log, progress, hints and errors go to stderr. With \`--json\` the result is
one document with \`schema_version: 1\`, and an error is one object on stderr: \`{"error":{"code","message","hint"}}\`.
A list has its rows under \`items\` and the way on under \`page_info\`; \`users list\` has both under \`users\` and \`next_cursor\` too.

\`\`\`text
${await helpOf([])}
\`\`\`

## Exit codes

${exitCodeTable()}

\`exec\` returns the exit code of its command. \`serve\` ends with 0 when SIGINT or SIGTERM stops it.

## Settings

A setting comes from its flag, else its environment variable, else \`agent-paste.config.json\` or \`.yaml\` (the nearest
upwards from the working directory, or \`--config\`), else the default. \`agent-paste doctor --json\` shows which. In the
file, settings have the names of their flags:

\`\`\`yaml
issuer: https://auth.example.com
client-id-claim: optional
allow-origin: [http://localhost:3000]
\`\`\`

${settingTable()}

A duration is a number and a unit: \`ms\`, \`s\`, \`m\`, \`h\`, \`d\` or \`w\`; only \`0\` needs no unit. A list is written with commas,
by repeating the flag, or as a list in the file. \`fixtures/agent-paste.config.schema.json\` describes the file to editors.

A time (\`--at\`, \`--issued-at\`, \`--not-before\`, \`--since\`, and those in a seed file) is a date and time such as
\`2026-01-31T12:00:00+01:00\`; seconds, time and zone may be left out. **A time without a zone is UTC**, as every time that
is shown; a day begins at midnight UTC. Flags also take seconds since 1970, and \`--since\` takes times as people say them:
\`10m\`, \`2h ago\`, \`5 minutes ago\`, \`09:00\` (the last one), \`today\`, \`yesterday 22:00\`.

A value that can never work is refused at start with exit code 2, in one line that says what it looks like: quotes that an
env file keeps, a list where one value is accepted, a variable that was not replaced.

A file that is named, as a configuration, a seed, a scenario, a tape, a key or a token, must be a regular file in UTF-8: no
pipe and no device, and a link is followed unless the configuration was found. A configuration may have 256 KiB, a key or
a token 4 MiB, YAML 1 MiB and JSON 16 MiB. A file that cannot be read is exit code 2.

\`workos-api-key\` has no flag, because every user of the machine can read a command line. \`NO_COLOR\` and
\`FORCE_COLOR\` switch colours off and on; \`NO_COLOR\` wins. \`AGENT_PASTE_TOKEN\` is the token for \`explain\`, \`replay\` and \`check\` where
none is given.

${sections.join('\n')}`;
}

function exitCodeTable(): string {
  const codes = Object.groupBy(Object.entries(EXIT_CODES), ([, code]) => code);
  return markdownTable(
    ['code', 'meaning', '`error.code` under `--json`'],
    Object.entries(EXIT_CODE_MEANINGS).map(([code, meaning]) => {
      const names = codes[Number(code) as keyof typeof codes] ?? [];
      return [code, meaning, names.map(([name]) => `\`${name}\``).join(', ')];
    }),
  );
}

function settingTable(): string {
  return markdownTable(
    ['setting', 'meaning', 'environment variable', 'default', 'must be'],
    SETTING_NAMES.map((name) => {
      const { says, env, form, fallbackSays } = SETTINGS[name] as Setting<unknown>;
      const shown = defaultText(name);
      const fallback = fallbackSays ?? (shown === '' ? '' : `\`${shown}\``);
      return [`\`${name}\``, says, `\`${env}\``, fallback, form.accepts.replaceAll('<', '\\<')];
    }),
  );
}

/** What `--help` prints on a terminal of 80 columns. */
async function helpOf(path: readonly string[]): Promise<string> {
  const { stdout } = await command([...path, '--help'], { columns: 80 });
  return stdout.trim();
}

/** The options that every command has are shown once, at the top of the page. */
const GLOBAL_OPTIONS = /\n*Global Options:\n(?: {2}.*\n?)+/;

async function commandSection(path: readonly string[]): Promise<string> {
  const text = (await helpOf(path)).replace(GLOBAL_OPTIONS, '\n').trimEnd();
  return `${path.length > 1 ? '###' : '##'} agent-paste ${path.join(' ')}\n\n\`\`\`text\n${text}\n\`\`\`\n`;
}

/** The words of every command that help lists, as `['keys', 'rotate']`. */
async function commandPaths(): Promise<string[][]> {
  const program = await createProgram({
    runtime: { argv: ['--help'], stdout: process.stdout, stderr: process.stderr },
    output: { line: () => undefined },
    action: () => async () => undefined,
    configured: () => true,
  });
  return [...pathsBelow(program)];
}

function* pathsBelow(parent: Command, above: readonly string[] = []): Iterable<string[]> {
  for (const each of parent.commands) {
    if (each.name() === 'complete' || each.name() === 'help') continue;
    const path = [...above, each.name()];
    yield path;
    yield* pathsBelow(each, path);
  }
}

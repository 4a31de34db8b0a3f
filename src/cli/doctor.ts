/** `agent-paste doctor` */
import type { Command } from 'commander';
import { type ResolvedSettings, SETTINGS, type SettingName } from '../config.ts';
import { type Finding, error as findingError, ok } from '../doctor/finding.ts';
import { checkRuntime, checkState } from '../doctor/local.ts';
import { checkIssuer, checkPort } from '../doctor/network.ts';
import { Failure } from '../errors.ts';
import { statePaths } from '../state-directory.ts';
import type { Action, CommandContext } from './command.ts';
import { addExamples } from './examples.ts';
import { visible } from './output.ts';
import { paragraph } from './paragraph.ts';
import { commandSettings } from './settings.ts';
import { table } from './table.ts';

export function configure(command: Command, action: Action): void {
  addExamples(command, ['agent-paste doctor', 'agent-paste doctor --json'])
    .option('--port <port>', 'the port that the server would use (default 8787)')
    .option('--host <host>', 'the address that the server would use (default 127.0.0.1)')
    .option('--db <path>', 'the database file (default agent-paste.db in the state directory)')
    .option('--workos-api-url <url>', 'the WorkOS that the server would ask (WORKOS_API_BASE_URL)')
    .option('--jwks-url <url>', 'the keys that the server would use (WORKOS_JWKS_URL)')
    .addHelpText(
      'after',
      `
Nothing is written, and no secret is shown. Each finding has a stable code, a
severity (ok, warning, error) and a remedy. In remote mode the key set, the user
endpoint and the clock of the issuer are looked at too.

Exit codes: 0 no error, 1 at least one error.
`,
    )
    .action(action((context) => doctor(context)));
}

async function doctor(context: CommandContext): Promise<void> {
  const { runtime, output } = context;
  const settings = await soundSettings(context);
  const findings: Finding[] = [...checkRuntime(process.versions)];
  if (settings instanceof Failure)
    findings.push(findingError('configuration', settings.message, settings.hint ?? 'Correct the file.'));
  else {
    const { values, file } = settings;
    findings.push(
      ok('configuration', file ?? 'no configuration file'),
      ...checkState(statePaths(values['state-dir']), values, runtime.now()),
      await checkPort(values),
      ...(await checkIssuer(values, runtime.now)),
    );
  }
  const sound = findings.every(({ severity }) => severity !== 'error');
  const rows = settings instanceof Failure ? [] : settingRows(settings);
  if (output.json) output.document({ ok: sound, findings, settings: rows });
  else print(context, findings, rows);
  if (!sound) context.exitWith(1);
}

/** A bad configuration file is what doctor is there to find; a bad flag is a mistake in calling it. */
async function soundSettings(context: CommandContext): Promise<ResolvedSettings | Failure> {
  try {
    return await commandSettings(context);
  } catch (error) {
    if (error instanceof Failure && error.code === 'invalid_config') return error;
    throw error;
  }
}

interface SettingRow {
  readonly name: SettingName;
  readonly value: unknown;
  readonly origin: string;
}

function settingRows({ values, origins }: ResolvedSettings): SettingRow[] {
  return (Object.keys(SETTINGS) as SettingName[]).map((name) => ({
    name,
    value: shown(name, values[name]),
    origin: origins[name],
  }));
}

function shown(name: SettingName, value: unknown): unknown {
  const { secret } = SETTINGS[name] as { secret?: true };
  if (secret && value !== undefined) return '(set)';
  return value ?? null;
}

const CODE_WIDTH = 18;
const INDENT = ' '.repeat('warning'.length + 2 + CODE_WIDTH + 2);

function print({ output, runtime }: CommandContext, findings: readonly Finding[], settings: SettingRow[]): void {
  const { green, yellow, red, dim } = output.paint;
  const marks = { ok: green('ok     '), warning: yellow('warning'), error: red('ERROR  ') };
  const width = runtime.stdout.columns;
  const say = (text: string, indent: string, paint = (line: string) => line) => {
    for (const line of paragraph(visible(text), { width, indent, hanging: INDENT })) output.line(paint(line));
  };
  for (const { code, severity, message, remedy } of findings) {
    say(message, `${marks[severity]}  ${code.padEnd(CODE_WIDTH)}  `);
    if (remedy !== undefined) say(remedy, INDENT, dim);
  }
  if (settings.length === 0) return;
  const chosen = settings.filter(({ origin }) => origin !== 'default');
  output.line('');
  output.line(chosen.length === 0 ? 'Every setting has its default.' : 'Settings that are not the default');
  const rows = chosen.map(({ name, value, origin }) => [name, String(value), origin]);
  for (const line of rows.length === 0 ? [] : table(['setting', 'value', 'from'], rows)) output.line(`  ${line}`);
}

/** `agent-paste doctor` */

import type { Command } from 'commander';
import { Failure } from '../../errors/failure.ts';
import { visible } from '../../errors/foreign-text.ts';
import type { Setting } from '../../machine/settings/setting.ts';
import { type ResolvedSettings, SETTING_NAMES, SETTINGS, type SettingName } from '../../machine/settings.ts';
import { statePaths } from '../../machine/state-directory.ts';
import { error as findingError, ok } from '../../store/diagnosis.ts';
import type { Action, CommandContext } from '../command.ts';
import { addExamples } from '../examples.ts';
import { clientSettings } from '../found-server.ts';
import { settingOptions } from '../setting-options.ts';

import { paragraph } from '../terminal/paragraph.ts';
import { table } from '../terminal/table.ts';
import type { Finding } from './doctor/finding.ts';
import { checkHostNames } from './doctor/host-names.ts';
import { checkLeftovers, removeLeftovers } from './doctor/leftovers.ts';
import { checkRuntime, checkState } from './doctor/local.ts';
import { checkIssuer, checkPort } from './doctor/network.ts';

interface DoctorFlags {
  readonly fix?: boolean;
}

export function configure(command: Command, action: Action): void {
  addExamples(command, ['agent-paste doctor', 'agent-paste doctor --json', 'agent-paste doctor --fix']);
  settingOptions(command, 'port', 'host', 'db', 'peppers', 'workos-api-url', 'jwks-url')
    .option('--fix', 'remove what killed commands have left, and say what')
    .addHelpText(
      'after',
      `
Nothing is written without --fix, and no secret is shown. Each finding has a
stable code, a severity (ok, warning, error) and a remedy. In remote mode the
key set, the user endpoint and the clock of the issuer are looked at too.

Exit codes: 0 no error, 1 at least one error.
`,
    )
    .action(action((context, flags: DoctorFlags) => doctor(context, flags)));
}

async function doctor(context: CommandContext, { fix = false }: DoctorFlags): Promise<void> {
  const { runtime, output } = context;
  const settings = await soundSettings(context);
  const findings: Finding[] = [...checkRuntime(process.versions)];
  if (settings instanceof Failure)
    findings.push(findingError('configuration', settings.message, settings.hint ?? 'Correct the file.'));
  else {
    const { values, file } = settings;
    const paths = statePaths(values['state-dir']);
    const leftovers = fix ? await removeLeftovers(paths, output.note) : undefined;
    findings.push(
      ok('configuration', file ?? 'no configuration file'),
      ...(await checkState(paths, values, runtime.now)),
      leftovers ?? checkLeftovers(paths),
      await checkPort(values),
      ...checkHostNames(values, runtime.env),
      ...(await checkIssuer(values, runtime.now)),
    );
  }
  const sound = findings.every(({ severity }) => severity !== 'error');
  const rows = settings instanceof Failure ? [] : settingRows(settings);
  if (output.json) output.document({ ok: sound, findings, settings: rows });
  else print(context, findings, rows);
  if (!sound) context.exitWith(1);
}

/** An invalid configuration file is a finding of doctor; an invalid flag is a usage error. */
async function soundSettings(context: CommandContext): Promise<ResolvedSettings | Failure> {
  try {
    return await clientSettings(context);
  } catch (error) {
    if (error instanceof Failure && (error.code === 'invalid_config' || error.code === 'state_unsafe')) return error;
    throw error;
  }
}

interface SettingRow {
  readonly name: SettingName;
  readonly value: unknown;
  readonly origin: string;
}

function settingRows({ values, origins }: ResolvedSettings): SettingRow[] {
  return SETTING_NAMES.map((name) => ({
    name,
    value: shown(name, values[name]),
    origin: origins[name],
  }));
}

function shown(name: SettingName, value: unknown): unknown {
  const { secret, form } = SETTINGS[name] as Setting<unknown>;
  if (secret && value !== undefined) return '(set)';
  return (value === undefined ? value : (form.show?.(value) ?? value)) ?? null;
}

const CODE_WIDTH = 19;
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

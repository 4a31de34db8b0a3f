/** `agent-paste doctor` */
import type { Command } from 'commander';
import { type ResolvedSettings, SETTINGS, type SettingName } from '../config.ts';
import { type Finding, ok } from '../doctor/finding.ts';
import { checkRuntime, checkState } from '../doctor/local.ts';
import { checkIssuer, checkPort } from '../doctor/network.ts';
import { statePaths } from '../state-directory.ts';
import type { Action, CommandContext } from './commands.ts';
import { addExamples } from './examples.ts';
import { commandSettings } from './settings.ts';
import { table } from './table.ts';

export function configure(command: Command, action: Action): void {
  addExamples(command, ['agent-paste doctor', 'agent-paste doctor --json'])
    .option('--port <port>', 'the port that the server would use (default 8787)')
    .option('--host <host>', 'the address that the server would use (default 127.0.0.1)')
    .option('--db <path>', 'the database file (default agent-paste.db in the state directory)')
    .action(action((context) => doctor(context)));
}

async function doctor(context: CommandContext): Promise<void> {
  const { runtime, output } = context;
  const settings = await commandSettings(context);
  const { values, file } = settings;
  const findings: Finding[] = [
    checkRuntime(process.versions.node),
    ok('configuration', file ?? 'no configuration file'),
    ...checkState(statePaths(values['state-dir']), values, runtime.now()),
    await checkPort(values),
    ...(await checkIssuer(values, runtime.now)),
  ];
  const sound = findings.every(({ severity }) => severity !== 'error');
  if (output.json) output.document({ ok: sound, findings, settings: settingRows(settings) });
  else print(context, findings, settings);
  if (!sound) context.exitWith(1);
}

function settingRows({ values, origins }: ResolvedSettings) {
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

function print({ output }: CommandContext, findings: readonly Finding[], settings: ResolvedSettings): void {
  const { green, yellow, red, dim } = output.paint;
  const marks = { ok: green('ok     '), warning: yellow('warning'), error: red('ERROR  ') };
  for (const { code, severity, message, remedy } of findings) {
    output.line(`${marks[severity]}  ${code.padEnd(18)}  ${message}`);
    if (remedy !== undefined) output.line(`${' '.repeat(29)}${dim(remedy)}`);
  }
  const chosen = settingRows(settings).filter(({ origin }) => origin !== 'default');
  output.line('');
  output.line(chosen.length === 0 ? 'Every setting has its default.' : 'Settings that are not the default');
  for (const line of chosen.length === 0
    ? []
    : table(
        ['setting', 'value', 'from'],
        chosen.map(({ name, value, origin }) => [name, String(value), origin]),
      ))
    output.line(`  ${line}`);
}

/** What `agent-paste serve` says on a terminal when it is ready. */
import { CALLBACK_SETTINGS } from '../../../machine/settings/callback.ts';
import type { ResolvedSettings, Settings } from '../../../machine/settings.ts';
import { shellWord } from '../../../machine/values/shell-word.ts';
import { sdkEnvironment } from '../../../server/environment.ts';
import type { CommandContext } from '../../command.ts';
import type { Runtime } from '../../runtime.ts';
import { flagNames, writtenValue } from '../../setting-options.ts';

interface Facts {
  readonly url: string;
  readonly port: number;
  readonly callback_url: string;
  readonly jwks_url: string;
  readonly client_id: string;
  readonly issuer: string;
  readonly db: string;
  readonly clock?: string;
  readonly inspector_link: string | undefined;
}

export function banner({ output, runtime }: CommandContext, resolved: ResolvedSettings, facts: Facts): void {
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
      ...(facts.clock === undefined ? [] : [row('clock', facts.clock)]),
      row('WorkOS', remote ?? 'played by this server'),
      ...(remote === undefined ? signInRows(resolved.values, facts.port) : []).map(([name, value]) => row(name, value)),
      ...(facts.inspector_link === undefined ? [] : [row('inspector', facts.inspector_link)]),
      ...chosenRows(resolved).map(([name, value]) => row(name, value)),
      '',
      'Try, in another terminal:',
      `  curl -X POST ${facts.callback_url} -H "Authorization: Bearer ${exampleToken(resolved, runtime)}"`,
      '',
    ].join('\n'),
  );
}

/** Of what makes this server answer in another way than a reader of the documentation expects. */
function chosenRows({ values, origins, config }: ResolvedSettings): readonly (readonly [string, string])[] {
  const names = [...flagNames(CALLBACK_SETTINGS), 'hold', 'seed', 'key-env'] as const;
  const chosen = names
    .filter((name) => origins[name] !== 'default')
    .map((name) => `${name} ${writtenValue(name, values[name])}`);
  return [
    ...(chosen.length === 0 ? [] : [['settings', chosen.join(', ')] as const]),
    ...(config === undefined ? [] : [['config', config.path] as const]),
  ];
}

/** The settings by which a dashboard signs in here. */
function signInRows(settings: Settings, port: number): readonly (readonly [string, string])[] {
  const variables = Object.entries(sdkEnvironment(port, settings)).map(([name, value]) => `${name}=${value}`);
  const signInAs = settings['sign-in-as'];
  return [
    ['dashboard', variables.join(' ')],
    ...(signInAs === undefined ? [] : [['sign-in', `as ${signInAs}, without showing the page`] as const]),
  ];
}

/** A token for this server. */
function exampleToken(resolved: ResolvedSettings, runtime: Pick<Runtime, 'env'>): string {
  if (resolved.values['workos-api-url'] !== undefined) return '<access token>';
  return `$(${commandHere('mint', resolved, runtime)} --email ada@example.com)`;
}

/** A command for the next terminal: it finds this server by the state directory. */
export function commandHere(
  name: string,
  { values, origins }: ResolvedSettings,
  { env }: Pick<Runtime, 'env'>,
): string {
  // After `npm start` or `npx`, no `agent-paste` is on the PATH of the next terminal.
  const program = env.npm_execpath === undefined ? 'agent-paste' : 'npx agent-paste';
  const state = origins['state-dir'] === 'flag' ? ` --state-dir ${shellWord(values['state-dir'])}` : '';
  return `${program} ${name}${state}`;
}

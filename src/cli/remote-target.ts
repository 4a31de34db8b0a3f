/** Servers on other machines: a token that is sent there can be misused. */
import { Failure } from '../errors/failure.ts';
import type { Settings } from '../machine/settings.ts';
import { isLoopback } from '../machine/values/network.ts';
import type { CommandContext } from './command.ts';

/** Warns if the connection is not encrypted. @throws Failure invalid_argument without --allow-remote */
export function refuseRemote({ output }: Pick<CommandContext, 'output'>, settings: Settings): void {
  const { protocol, hostname } = new URL(settings.url);
  if (isLoopback(hostname)) return;
  if (settings['allow-remote'] !== 'true')
    throw new Failure(
      'invalid_argument',
      `${settings.url} is not on this machine`,
      'Add --allow-remote if callbacks are meant to be sent there.',
    );
  if (protocol === 'http:')
    output.warning(`${settings.url} is not encrypted: tokens and API keys can be read on the way`);
}

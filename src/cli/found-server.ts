/** Finds the running server of the state directory, so that commands for it need no flag. */
import { isAbsolute } from 'node:path';
import { runningServers, type ServerNote } from '../machine/server-notes.ts';
import type { Origin, ResolvedSettings, SettingName } from '../machine/settings.ts';
import { isDatabaseUrl } from '../machine/values/database-url.ts';
import type { CommandContext } from './command.ts';
import { commandSettings } from './settings.ts';

/**
 * The settings of a command beside a running server. Flags, variables and the configuration file override the settings
 * of the server.
 * @throws Failure invalid_argument, invalid_config, state_unsafe
 */
export async function clientSettings(context: CommandContext): Promise<ResolvedSettings> {
  const resolved = await commandSettings(context);
  const server = serverMeant(resolved);
  return server === undefined ? resolved : asServerSays(resolved, server);
}

/** The server that started last, or the one at the given URL. */
function serverMeant({ values, origins }: ResolvedSettings): ServerNote | undefined {
  const running = runningServers(values['state-dir']);
  if (origins.url === 'default') return running[0];
  return running.find(({ url }) => new URL(url).origin === new URL(values.url).origin);
}

function asServerSays(resolved: ResolvedSettings, { url, issuer, client_id, db }: ServerNote): ResolvedSettings {
  const said: Partial<Record<SettingName, string>> = { url, issuer, 'client-id': client_id };
  if (isAbsolute(db) || isDatabaseUrl(db)) said.db = db; // only the server itself can read a database in memory
  const news = Object.entries(said).filter(([name]) => resolved.origins[name as SettingName] === 'default');
  const origins = Object.fromEntries(news.map(([name]) => [name, 'server' satisfies Origin]));
  return {
    ...resolved,
    values: { ...resolved.values, ...Object.fromEntries(news) },
    origins: { ...resolved.origins, ...origins },
  };
}

/** Says what is made where the caller may not expect it. */
import { existsSync, lstatSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { visible } from '../errors/foreign-text.ts';
import { type ResolvedSettings, SETTINGS } from '../machine/settings.ts';
import { isDatabaseUrl } from '../machine/values/database-url.ts';
import type { CommandContext } from './command.ts';

/** To be called before anything is made. @param db the database, if the command makes it */
export function noteNewPlaces(context: CommandContext, resolved: ResolvedSettings, db?: string): void {
  noteStateAbove(context, resolved);
  const isFile = db !== undefined && db !== ':memory:' && !isDatabaseUrl(db);
  const directories = [resolved.values['state-dir'], ...(isFile ? [db] : [])].map((path) => dirname(resolve(path)));
  for (const directory of new Set(directories))
    if (!existsSync(directory))
      context.output.note(`the directory ${visible(directory)} does not exist yet: making it`);
}

/**
 * A state is kept in the working directory, and a command in a directory below makes another one, whose keys the servers
 * of the other do not trust.
 */
function noteStateAbove(context: CommandContext, resolved: ResolvedSettings): void {
  noteOther(context, resolved, (made) => `made a new state in ${made}, with keys of its own`);
}

/** To be called by a command that makes nothing: the state that is meant may be that of a directory above. */
export function noteMissingState(context: CommandContext, resolved: ResolvedSettings): void {
  noteOther(context, resolved, (missing) => `there is no state in ${missing}`);
}

function noteOther(
  { output, runtime }: CommandContext,
  { values, origins }: ResolvedSettings,
  what: (directory: string) => string,
): void {
  if (origins['state-dir'] !== 'default' || isState(values['state-dir'])) return;
  const above = stateAbove(dirname(runtime.cwd));
  if (above === undefined) return;
  output.note(
    `${what(visible(values['state-dir']))}; the one of ${visible(dirname(above))} is used with --state-dir ${visible(above)}`,
  );
}

function stateAbove(directory: string): string | undefined {
  for (let at = directory; ; at = dirname(at)) {
    const path = join(at, SETTINGS['state-dir'].fallback);
    if (isState(path)) return path;
    if (dirname(at) === at) return undefined;
  }
}

/** Of this user: what another one put above is not used. */
function isState(path: string): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat?.isDirectory() === true && (process.getuid === undefined || stat.uid === process.getuid());
}

/** The state that a command reads. */
import type { Settings } from '../machine/settings.ts';
import { databaseOf, type PepperPlace, pepperPlaceOf, statePaths } from '../machine/state-directory.ts';
import { withoutPassword } from '../machine/values/database-url.ts';
import { openBundle, openReadStore } from '../store/open.ts';
import type { ReadStore, TableOwner } from '../store/read-store.ts';
import type { CommandContext } from './command.ts';
import { clientSettings } from './found-server.ts';
import { noteMissingState } from './new-places.ts';

export interface OpenedState extends AsyncDisposable {
  readonly settings: Settings;
  /** The main database, without its password. */
  readonly database: string;
  readonly peppers: PepperPlace;
  /** Whose tables are read. */
  readonly tables: TableOwner;
  readonly store: ReadStore;
}

/**
 * Each file is opened at its first use.
 * @param bundle a file that is read instead of the state
 * @param onWarning called if a state is older or newer than this program
 * @throws Failure invalid_argument, invalid_config; the store as `ReadStore`
 */
export async function openState(
  context: CommandContext,
  onWarning: (message: string) => void = context.output.warning,
  tables: TableOwner = 'agent-paste',
  bundle?: string,
): Promise<OpenedState> {
  const resolved = await clientSettings(context);
  const { values: settings } = resolved;
  if (bundle === undefined && resolved.origins.db === 'default') noteMissingState(context, resolved);
  const paths = statePaths(settings['state-dir']);
  const database = databaseOf(settings, paths);
  const place = { database, users: paths.users, tables };
  const store = bundle === undefined ? await openReadStore(place, onWarning) : await openBundle(bundle);
  return {
    settings,
    database: withoutPassword(bundle ?? database),
    peppers: pepperPlaceOf(settings, paths),
    tables,
    store,
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

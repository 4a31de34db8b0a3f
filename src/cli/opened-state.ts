/** The state that a command reads. */
import type { Settings } from '../machine/settings.ts';
import { databaseOf, type PepperPlace, pepperPlaceOf, statePaths } from '../machine/state-directory.ts';
import { withoutPassword } from '../machine/values/database-url.ts';
import { openBundle, openReadStore } from '../store/open.ts';
import type { ReadStore, TableOwner } from '../store/read-store.ts';
import type { CommandContext } from './command.ts';
import { clientSettings } from './found-server.ts';
import type { InspectorFlags } from './inspector-key.ts';
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
 * @param source a bundle, or an inspector, that is read instead of the state
 * @param onWarning called if a state is older or newer than this program
 * @throws Failure invalid_argument, invalid_config; the store as `ReadStore`
 */
export async function openState(
  context: CommandContext,
  onWarning: (message: string) => void = context.output.warning,
  tables: TableOwner = 'agent-paste',
  source?: string | InspectorFlags,
): Promise<OpenedState> {
  const resolved = await clientSettings(context);
  const { values: settings } = resolved;
  if (source === undefined && resolved.origins.db === 'default') noteMissingState(context, resolved);
  const paths = statePaths(settings['state-dir']);
  const database = databaseOf(settings, paths);
  const opened = await openSource(source, paths.directory, () =>
    openReadStore({ database, users: paths.users, tables }, onWarning),
  );
  const { store } = opened;
  return {
    settings,
    database: withoutPassword(opened.name ?? database),
    peppers: pepperPlaceOf(settings, paths),
    tables,
    store,
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

interface OpenedSource {
  readonly store: ReadStore;
  /** What is read instead of the database of the settings. */
  readonly name?: string;
}

async function openSource(
  source: string | InspectorFlags | undefined,
  stateDirectory: string,
  openState: () => Promise<ReadStore>,
): Promise<OpenedSource> {
  if (source === undefined) return { store: await openState() };
  if (typeof source === 'string') return { store: await openBundle(source), name: source };
  const { inspectorAt } = await import('./inspector-key.ts');
  const { remoteReads } = await import('../inspector/remote/remote-reads.ts');
  const inspector = inspectorAt(source, stateDirectory);
  return { store: remoteReads(inspector), name: inspector.url };
}

/** The state that a command looks at. */
import type { Settings } from '../../config.ts';
import { statePaths } from '../../state-directory.ts';
import { type Inspection, openInspection } from '../../store/inspection.ts';
import type { CommandContext } from '../command.ts';
import { commandSettings } from '../settings.ts';

export interface InspectedState {
  readonly settings: Settings;
  /** The main database file. */
  readonly database: string;
  /** The pepper file. */
  readonly peppers: string;
  readonly inspection: Inspection;
}

/** Opens nothing yet but what `look` asks for, and closes it in the end. @throws Failure as `Inspection` */
export async function withState(
  context: CommandContext,
  look: (state: InspectedState) => void | Promise<void>,
): Promise<void> {
  const { values: settings } = await commandSettings(context);
  const paths = statePaths(settings['state-dir']);
  const database = settings.db ?? paths.database;
  const inspection = openInspection({ database, users: paths.users, onWarning: context.output.warning });
  try {
    await look({ settings, database, peppers: paths.peppers, inspection });
  } finally {
    inspection.close();
  }
}

/** Whether `serve` records details of callbacks, and what records them. */
import { Failure } from '../../../errors/failure.ts';
import type { Recorder } from '../../../inspector/recorder/recorder.ts';
import type { Settings } from '../../../machine/settings.ts';
import { isDatabaseUrl } from '../../../machine/values/database-url.ts';

/** @throws Failure invalid_argument where details would be kept nowhere, or where no command could read them */
export async function recorderFor({
  inspector,
  db,
}: Pick<Settings, 'inspector' | 'db'>): Promise<Recorder | undefined> {
  if (inspector === 'off') return undefined;
  if (inspector === 'record' && db !== undefined && (isDatabaseUrl(db) || db === ':memory:'))
    throw new Failure(
      'invalid_argument',
      '--inspector record keeps details beside a database file only',
      'Name a file with --db, or leave out --inspector.',
    );
  const { openRecorder } = await import('../../../inspector/recorder/recorder.ts');
  return openRecorder();
}

/** Leftovers of killed commands: temporary directories, and unfinished files of the state. */
import { lstatSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../../../errors/failure.ts';
import { exclusively, isHeld } from '../../../machine/file-lock.ts';
import type { StatePaths } from '../../../machine/state-directory.ts';
import { unfinishedFiles } from '../../../machine/state-files.ts';
import { GUARD_FILES, guarded } from '../../../machine/state-guard.ts';
import { abandonedDirectories, removeAbandoned } from '../../../machine/temporary-directory.ts';
import { error, judged, ok, warning } from '../../../store/diagnosis.ts';
import type { Finding } from './finding.ts';
import { isLegible } from './local.ts';

const CODE = 'leftovers';
const REMEDY = 'Run `agent-paste doctor --fix`.';

/** Only reports. Leftovers in the temporary directory may come from other states, so they are not an error of this one. */
export function checkLeftovers(paths: StatePaths): Finding {
  return judged(CODE, () => {
    const files = isBusy(paths) ? [] : unfinished(paths);
    const directories = abandonedDirectories();
    if (files.length > 0) return warning(CODE, `left by killed commands: ${named([...files, ...directories])}`, REMEDY);
    if (directories.length === 0) return ok(CODE, 'nothing is left of killed commands');
    return ok(
      CODE,
      `left by killed commands in ${tmpdir()}: ${named(directories)}; \`agent-paste doctor --fix\` removes it`,
    );
  });
}

/** Removes the leftovers and lists them. @param onWait called if another process changes the state */
export async function removeLeftovers(paths: StatePaths, onWait: (message: string) => void): Promise<Finding> {
  const removed: string[] = [];
  try {
    if (unfinished(paths).length > 0)
      await guarded(paths.directory, 'agent-paste doctor --fix', () => void removed.push(...removeUnfinished(paths)), {
        onWait,
      });
    for (const directory of abandonedDirectories()) if (removeAbandoned(directory)) removed.push(directory);
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    const also = removed.length === 0 ? '' : `; removed: ${removed.join(', ')}`;
    return error(CODE, `${failure.message}${also}`, failure.hint ?? 'Remove it by hand.');
  }
  return ok(
    CODE,
    removed.length === 0 ? 'nothing to remove' : `removed what killed commands left: ${removed.join(', ')}`,
  );
}

/** Empty for a directory that cannot be read; another finding reports it. */
function unfinished(paths: StatePaths): readonly string[] {
  if (!isLegible(paths.directory)) return [];
  const me = process.getuid?.();
  return unfinishedFiles(paths).filter((file) => {
    const stat = lstatSync(file, { throwIfNoEntry: false });
    return stat?.isFile() === true && (me === undefined || stat.uid === me);
  });
}

function isBusy({ directory, peppers }: StatePaths): boolean {
  return isHeld(join(directory, GUARD_FILES.guard)) || isHeld(`${peppers}.lock`);
}

function removeUnfinished(paths: StatePaths): readonly string[] {
  return exclusively(`${paths.peppers}.lock`, () => {
    const files = unfinished(paths);
    for (const file of files) rmSync(file, { force: true });
    return files;
  });
}

const MOST_NAMED = 5;

function named(paths: readonly string[]): string {
  const more = paths.length - MOST_NAMED;
  return `${paths.slice(0, MOST_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** Where the inspector of a running process is, and its key: who can read the state directory can read the key. */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readPrivateFile, writePrivateFile } from './private-file.ts';

export interface InspectorNote {
  /** The origin, without the key. */
  readonly url: string;
  readonly key: string;
  readonly pid: number;
  /** The database that it shows: a file, a URL without its password, or `:memory:`. */
  readonly db: string;
  /** ISO 8601. */
  readonly started_at: string;
}

export const INSPECTOR_NOTE_FILES = /^inspector-\d{1,5}\.json$/;

/**
 * Writes the note; one that a killed process left is replaced.
 * @throws Failure state_unsafe for a file that other users can read, or a link; state_unwritable
 */
export function leaveInspectorNote(directory: string, note: InspectorNote): { remove(): void } {
  const path = join(directory, `inspector-${new URL(note.url).port || 80}.json`);
  readPrivateFile(path);
  writePrivateFile(path, `${JSON.stringify(note)}\n`);
  return {
    remove() {
      if (parsedNote(readPrivateFile(path))?.key === note.key) rmSync(path, { force: true });
    },
  };
}

/** The notes, the latest start first. Their processes may have ended. @throws Failure state_unsafe */
export function inspectorNotes(directory: string): readonly InspectorNote[] {
  return namesIn(directory)
    .flatMap((name) => parsedNote(readPrivateFile(join(directory, name))) ?? [])
    .sort((a, b) => (a.started_at < b.started_at ? 1 : -1));
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory).filter((name) => INSPECTOR_NOTE_FILES.test(name));
  } catch {
    return []; // no server has run here
  }
}

/** @returns undefined for what is not a whole note */
export function parsedNote(text: string | undefined): InspectorNote | undefined {
  try {
    const note = JSON.parse(text ?? '');
    const isWhole = ['url', 'key', 'db', 'started_at'].every((name) => typeof note?.[name] === 'string');
    return isWhole && URL.canParse(note.url) ? note : undefined;
  } catch {
    return undefined;
  }
}

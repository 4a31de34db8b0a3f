/**
 * The read side: what support people ask of a state, while a server writes to it. Opens each file when it is asked
 * for, reads in short transactions, takes no lock that a server waits for, and changes nothing.
 */
import { existsSync } from 'node:fs';
import { attemptsPath } from './attempts.ts';
import { FILES, type FileName, type ItemOf, LISTS, type ListName } from './inspection/lists.ts';
import { NAMES, type NameKind, namesAround, namesBeginning, type Shortened } from './inspection/names.ts';
import { type ListQuery, readPage } from './inspection/page.ts';
import { openForReading, type Reading } from './inspection/reading.ts';
import type { Page } from './store.ts';

export type {
  CallbackItem,
  FilterOf,
  ItemOf,
  KeyItem,
  ListName,
  RecordItem,
  WorkspaceItem,
} from './inspection/lists.ts';
export type { NameKind } from './inspection/names.ts';
export type { ListQuery, Where } from './inspection/page.ts';

export interface InspectionOptions {
  /** The main file; the log of attempts lies beside it. */
  readonly database: string;
  /** The directory of local WorkOS users. */
  readonly users: string;
  readonly onWarning: (message: string) => void;
}

/** Each method: @throws Failure not_found for a missing file, state_corrupt, state_locked, state_unwritable */
export interface Inspection {
  /** A page, newest first. @throws ApiError invalid_cursor */
  list<K extends ListName>(list: K, query: ListQuery<K>): Page<ItemOf<K>>;
  /** Names that begin and end so, in order: without an end, the whole name itself is the first. */
  namesBeginning(kind: NameKind, name: Shortened, limit: number): string[];
  /** Names that stand next to a text in order. */
  namesAround(kind: NameKind, text: string, limit: number): string[];
  /** Whether there is such a file at all. */
  has(file: FileName): boolean;
  /** Runs reads of the main file in one transaction, so that they see one state. */
  together<T>(read: () => T): T;
  close(): void;
}

export function openInspection({ database, users, onWarning }: InspectionOptions): Inspection {
  const paths: Record<FileName, string> = { database, attempts: attemptsPath(database), users };
  const readings = new Map<FileName, Reading>();
  const reading = (file: FileName): Reading => {
    const open = readings.get(file) ?? openForReading(paths[file], FILES[file]);
    if (!readings.has(file)) for (const warning of open.warnings) onWarning(warning);
    readings.set(file, open);
    return open;
  };
  return {
    list(list, query) {
      const { db, together } = reading(LISTS[list].file);
      return together(() => readPage(db, list, query));
    },
    namesBeginning(kind, name, limit) {
      const { db, together } = reading(NAMES[kind].file);
      return together(() => namesBeginning(db, kind, name, limit));
    },
    namesAround(kind, text, limit) {
      const { db, together } = reading(NAMES[kind].file);
      return together(() => namesAround(db, kind, text, limit));
    },
    has: (file) => existsSync(paths[file]),
    together: (read) => reading('database').together(read),
    close() {
      for (const open of readings.values()) open.close();
      readings.clear();
    },
  };
}

/**
 * The database files that this process has open. Closing any other descriptor of such a file would release the locks of
 * all its connections (sqlite.org/howtocorrupt.html, section 2.2), so it is not opened to look at its first bytes.
 */
import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';

interface Opened {
  readonly file: string;
  readonly db: WeakRef<DatabaseSync>;
}

const opened = new Set<Opened>();

/** @param file its path, or `:memory:` */
export function noteOpened(file: string, db: DatabaseSync): void {
  forgetClosed();
  const identity = identityOf(file);
  if (identity !== undefined) opened.add({ file: identity, db: new WeakRef(db) });
}

/** Whether it is open, under whatever name. */
export function isOpenHere(file: string): boolean {
  forgetClosed();
  const identity = identityOf(file);
  return [...opened].some((each) => each.file === identity);
}

function forgetClosed(): void {
  for (const each of opened) if (each.db.deref()?.isOpen !== true) opened.delete(each);
}

function identityOf(file: string): string | undefined {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stat && `${stat.dev} ${stat.ino}`;
}

/** `check` uses this in the database of a server that it started: it makes a write fail, and searches the database. */

export interface Probe {
  /** Makes every first sign-in of this address fail at the write of its key, after workspace and member. */
  failKeysOf(email: string): Promise<FailingKey>;
  /** All stored bytes, by the name of the file or table. */
  contents(): AsyncIterable<{ readonly name: string; readonly bytes: Uint8Array }>;
  /** Removes all of it, where it does not go away with the state directory. */
  remove(): Promise<void>;
}

export interface FailingKey {
  remove(): Promise<void>;
}

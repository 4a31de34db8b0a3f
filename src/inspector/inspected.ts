/** What the inspector looks at: the state of a server that runs here, or a database alone. */
import type { UserLookup } from '../callback/user.ts';
import type { ReadStore } from '../store/read-store.ts';
import type { SigningKey, StateAnswer } from './api-types.ts';
import type { Recorder } from './recorder/recorder.ts';
import type { SendingParts } from './sending/parts.ts';

export interface Inspected {
  readonly reads: ReadStore;
  /** The same state, opened again: for reads that must see it unchanged. */
  readonly readAgain: () => Promise<ReadStore>;
  /** Milliseconds since 1970: the clock by which tokens are judged. */
  readonly now: () => number;
  /** A new request id. */
  readonly newId: () => string;
  readonly state: Omit<StateAnswer, 'schema_version' | 'now' | 'limits' | 'warnings'>;
  /** Of the database, so far. */
  readonly warnings: readonly string[];
  /** Oldest first; empty where another server plays WorkOS. */
  readonly signingKeys: () => readonly SigningKey[];
  /** Of the server in this process. */
  readonly recorder: Recorder | undefined;
  /** What names this state in a command, such as ` --state-dir other`. */
  readonly commandOptions: string;
  /** Absent where nothing can be sent. */
  readonly sending: (SendingParts & { readonly lookup: UserLookup }) | undefined;
  close(): Promise<void>;
}

/** What sending needs of the server in this process. */
import type { Minter } from '../../server/minter.ts';
import type { WatchedParts } from '../../server/watcher.ts';
import type { Recorder } from '../recorder/recorder.ts';

export interface SendingParts extends WatchedParts {
  /** Opened at the first use. */
  readonly minter: () => Promise<Minter>;
  /** Base URL of this server: nothing is ever sent to another one. */
  readonly url: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly random: { ulid(now: number): string; bytes(size: number): Buffer };
  readonly recorder: Recorder;
}

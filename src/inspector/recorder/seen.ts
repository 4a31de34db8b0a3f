/** What was seen of one callback while it was answered. */
import type { Watched } from '../../server/watcher.ts';
import type { Span } from '../api-types.ts';

type Checked = Parameters<Watched['checked']>;

export interface Seen {
  /** Microseconds since 1970, by the clock of the machine. */
  readonly startedUs: number;
  readonly now: number;
  readonly traceId: string | null;
  readonly isOwn: boolean;
  readonly spans: Span[];
  readonly checks: Map<string, Checked[1]>;
  /** What the last check had read of the token. */
  token?: Checked[2];
  credential?: string;
  isRemembered: boolean;
  leader: string | null;
  answer?: { readonly body: string | Uint8Array | null; readonly headers: Readonly<Record<string, string>> };
}

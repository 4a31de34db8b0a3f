/** Answers that go on: a line of JSON each. They end with the server, and with a reader that does not read. */
import type { ServerResponse } from 'node:http';
import { begin } from './answers.ts';
import { Refusal } from './refusal.ts';

const MOST_STREAMS = 16;
/** What may wait for one reader. */
const MOST_WAITING_BYTES = 1_048_576;

export interface Stream {
  write(line: object): void;
  /** Aborted when the reader is gone, or when the server stops. */
  readonly ended: AbortSignal;
}

export interface Streams {
  /** @param feed writes until it resolves or the stream has ended. @throws Refusal 503 for too many */
  open(outgoing: ServerResponse, feed: (stream: Stream) => Promise<void>): Promise<void>;
  endAll(): void;
}

export function openStreams(): Streams {
  const open = new Set<AbortController>();
  return {
    async open(outgoing, feed) {
      if (open.size >= MOST_STREAMS) throw new Refusal(503, 'too_many_streams', 'other tabs read already: ask again');
      const ending = new AbortController();
      open.add(ending);
      outgoing.once('close', () => ending.abort());
      begin(outgoing, 200, { 'Content-Type': 'application/x-ndjson; charset=utf-8' });
      outgoing.flushHeaders();
      try {
        await feed({
          ended: ending.signal,
          write(line) {
            if (ending.signal.aborted) return;
            outgoing.write(`${JSON.stringify(line)}\n`);
            if (outgoing.writableLength > MOST_WAITING_BYTES) outgoing.destroy();
          },
        });
      } finally {
        open.delete(ending);
        outgoing.end();
      }
    },
    endAll() {
      for (const ending of open) ending.abort();
    },
  };
}

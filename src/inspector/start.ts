/** The inspector put together: the port and the key file first, and the rest at the first request. */
import type { Buffer } from 'node:buffer';
import { leaveInspectorNote } from '../machine/inspector-notes.ts';
import { isoTime } from '../machine/values/time.ts';
import type { Inspected } from './inspected.ts';
import { listenHere } from './web/listener.ts';

export interface InspectorOptions {
  readonly port: number;
  /** The port was asked for. */
  readonly isChosen: boolean;
  /** As it is shown, without a password. */
  readonly database: string;
  /** The state directory. */
  readonly directory: string;
  readonly randomBytes: (size: number) => Buffer;
  readonly now: () => number;
  /** Opened at the first request. */
  readonly open: () => Promise<Inspected>;
  readonly onBug: (error: unknown, requestId: string) => void;
}

export interface RunningInspector {
  /** The origin, without the key. */
  readonly url: string;
  /** With the key in the fragment, which no browser sends. */
  readonly link: string;
  /** Ends streams and connections at once. */
  stop(): Promise<void>;
}

const KEY_BYTES = 32;

/** @throws Failure conflict for a port that was asked for and is taken, state_unsafe, state_unwritable */
export async function startInspector(options: InspectorOptions): Promise<RunningInspector> {
  const { directory, randomBytes, now, open, onBug } = options;
  const key = randomBytes(KEY_BYTES).toString('base64url');
  let web: Promise<Web> | undefined;
  const listener = await listenHere(options, async (incoming, outgoing) => {
    web ??= openWeb();
    try {
      await (await web).answer(incoming, outgoing);
    } catch (error) {
      web = undefined; // the state could not be opened, and may be at the next request
      onBug(error, '-');
      outgoing.destroy();
    }
  });
  const url = `http://127.0.0.1:${listener.port}`;
  const openWeb = async (): Promise<Web> => {
    const { openInspectorWeb } = await import('./web/web.ts');
    return openInspectorWeb({ key, port: listener.port, inspected: await open(), onBug });
  };
  let note: { remove(): void };
  try {
    note = leaveInspectorNote(directory, {
      url,
      key,
      pid: process.pid,
      db: options.database,
      started_at: isoTime(now()),
    });
  } catch (error) {
    await listener.stop();
    throw error;
  }
  return {
    url,
    link: `${url}/#key=${key}`,
    async stop() {
      note.remove();
      const opened = await web?.catch(() => undefined);
      opened?.endStreams();
      await listener.stop();
      await opened?.close();
    },
  };
}

type Web = Awaited<ReturnType<typeof import('./web/web.ts').openInspectorWeb>>;

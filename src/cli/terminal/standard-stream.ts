/** stdout and stderr of the process. */
import { fstatSync, type Stats, statSync, writeSync } from 'node:fs';
import type { Writable } from 'node:stream';

export interface StandardStream {
  readonly isTTY: boolean;
  /** The width of the terminal. */
  readonly columns: number | undefined;
  write(text: string): void;
  /** Resolves when everything that was written has left this process, or never will. */
  drained(): Promise<void>;
  /** The error of the first write that failed. */
  readonly broken: NodeJS.ErrnoException | undefined;
  /** The stream of Node, which takes everything that is written from now on. */
  stream(): Writable;
}

/** What a stream of Node has that is a terminal, or may be one. */
type Opened = Writable & { readonly isTTY?: boolean; readonly columns?: number };

export interface StandardStreamOptions {
  readonly descriptor: number;
  /** Opens the stream of Node. */
  readonly open: () => Opened;
  /**
   * Whether the process may wait in a write, because it does nothing else at that time. Then it writes to the descriptor
   * itself: a stream of Node on a pipe takes as long to open as a database.
   */
  readonly mayWait: boolean;
}

export function standardStream({ descriptor, open, mayWait }: StandardStreamOptions): StandardStream {
  let isDirect: boolean | undefined;
  let opened: Opened | undefined;
  let broken: NodeJS.ErrnoException | undefined;
  const direct = () => {
    isDirect ??= mayWait && takesBytes(descriptor);
    return isDirect && opened === undefined;
  };
  const stream = () => {
    if (opened !== undefined) return opened;
    opened = open();
    // Without a listener a full disk would go unnoticed, and a closed pipe would crash.
    opened.on('error', (error) => {
      broken ??= error;
    });
    return opened;
  };
  return {
    get isTTY() {
      return !direct() && stream().isTTY === true;
    },
    get columns() {
      return direct() ? undefined : stream().columns;
    },
    get broken() {
      return broken;
    },
    stream,
    write(text) {
      if (!direct()) return void stream().write(text);
      broken ??= written(descriptor, text); // a stream is destroyed by an error, and then writes nothing either
    },
    drained: () =>
      new Promise((resolve) => {
        if (opened === undefined) resolve();
        else opened.write('', () => resolve());
      }),
  };
}

/** Writes all of it, however slowly it is read. @returns the error that ended it */
export function written(descriptor: number, text: string): NodeJS.ErrnoException | undefined {
  let rest: Uint8Array = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (error) {
      // EAGAIN: another process, which shares the pipe, has made it one that no write waits for.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return error as NodeJS.ErrnoException;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
    }
  }
  return undefined;
}

const RETRY_MS = 5;

/** Not a terminal, whose size and colours the stream knows. In Windows a write to a pipe is another matter. */
export function takesBytes(descriptor: number): boolean {
  if (process.platform === 'win32') return false;
  const found = fstatSync(descriptor);
  return found.isFIFO() || found.isSocket() || found.isFile() || isNullDevice(found);
}

function isNullDevice(found: Stats): boolean {
  return found.isCharacterDevice() && found.rdev === statSync('/dev/null', { throwIfNoEntry: false })?.rdev;
}

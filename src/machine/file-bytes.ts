/** Reads files that a person names, such as a seed or a token. The size is limited, and reading never blocks. */
import { isUtf8 } from 'node:buffer';
import { closeSync, constants, openSync, readSync, type Stats, statSync } from 'node:fs';
import { Failure, type FailureCode } from '../errors/failure.ts';
import { systemReason } from './private-file.ts';

export interface NamedFile {
  readonly path: string;
  /** Its name in messages. */
  readonly name: string;
  /** The code of its failures. */
  readonly code: FailureCode;
  /** Its largest size in bytes. */
  readonly most: number;
}

const CHUNK_BYTES = 65_536;

/** Only a regular file is opened: a pipe could block, and a device could be endless. @throws Failure of the file's code */
export function readFileBytes({ path, name, code, most }: NamedFile): Buffer {
  const refuse = (why: string, cause?: unknown) => new Failure(code, `cannot read ${name}: ${why}`, undefined, cause);
  const chunks: Buffer[] = [];
  try {
    const stat = statSync(path);
    if (!stat.isFile()) throw refuse(`it is ${kindOf(stat)}, not a regular file`);
    const fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)); // in the meantime, it may have become a pipe
    try {
      // Files of /proc have size 0, and a file may grow.
      for (let size = 0; ; ) {
        const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
        const read = readSync(fd, chunk);
        if (read === 0) break;
        size += read;
        if (size > most) throw new Failure(code, `${name} has more than ${most} bytes`);
        chunks.push(chunk.subarray(0, read));
      }
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    throw error instanceof Failure ? error : refuse(systemReason(error), error);
  }
  return Buffer.concat(chunks);
}

function kindOf(stat: Stats): string {
  if (stat.isDirectory()) return 'a directory';
  if (stat.isFIFO()) return 'a pipe';
  return stat.isSocket() ? 'a socket' : 'a device';
}

/** @throws Failure of the file's code, naming the line of the first byte that is not UTF-8 */
export function readTextFile(file: NamedFile): string {
  return textOf(readFileBytes(file), file);
}

const utf8 = new TextDecoder();

/** Removes a byte order mark of UTF-8. @throws Failure `code` for bytes that are not UTF-8 */
export function textOf(bytes: Buffer, { name, code }: Pick<NamedFile, 'name' | 'code'>): string {
  const other = otherEncoding(bytes);
  if (other !== undefined) throw new Failure(code, `${name} is ${other}; save it as UTF-8`);
  if (!isUtf8(bytes))
    throw new Failure(code, `${name}:${lineOfBadBytes(bytes)}: the bytes are not UTF-8; save the file as UTF-8`);
  return utf8.decode(bytes);
}

/** Recognized by its mark, or by zero bytes beside the first ASCII characters (YAML 1.2 section 5.2). */
function otherEncoding(bytes: Buffer): string | undefined {
  const begin = bytes.subarray(0, 4).toString('hex');
  if (/^(?:fffe0000|0000feff|(?!00)..000000|000000(?!00)..)$/.test(begin)) return 'UTF-32';
  return /^(?:fffe|feff|(?!00)..00(?!00)..00|00(?!00)..00(?!00)..)/.test(begin) ? 'UTF-16' : undefined;
}

/** In UTF-8, a line break is never part of another character. */
function lineOfBadBytes(bytes: Buffer): number {
  for (let line = 1, start = 0; ; line += 1) {
    const end = bytes.indexOf('\n', start);
    if (end < 0 || !isUtf8(bytes.subarray(start, end))) return line;
    start = end + 1;
  }
}

/** What is piped in, to a limit. */
import { Failure, type FailureCode } from '../errors/failure.ts';
import type { Runtime } from './runtime.ts';

/** @throws Failure `code` for more than `most` bytes */
export async function readStdin(stdin: Runtime['stdin'], code: FailureCode, most: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    chunks.push(Buffer.from(chunk));
    size += chunk.length;
    if (size > most) throw new Failure(code, `stdin has more than ${most} bytes`);
  }
  return Buffer.concat(chunks);
}

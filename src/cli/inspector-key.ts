/** `inspect --url`: which inspector is asked, and with which key. */
import { Failure } from '../errors/failure.ts';
import { printable } from '../errors/foreign-text.ts';
import type { Inspector } from '../inspector/remote/remote-reads.ts';
import { inspectorNotes, parsedNote } from '../machine/inspector-notes.ts';
import { readPrivateFile } from '../machine/private-file.ts';

const LOOPBACK = /^http:\/\/(?:127\.0\.0\.1|localhost)(?::\d{1,5})?$/;

/** Which inspector is asked: its address, its key, or both. */
export interface InspectorFlags {
  readonly url?: string | undefined;
  readonly keyFile?: string | undefined;
}

/**
 * A key that was found in the state directory goes only to the address that its own file names; that of `--key-file` goes to
 * the address of `--url`.
 * @throws Failure invalid_argument, not_found; state_unsafe for a file that other users can read
 */
export function inspectorAt({ url, keyFile }: InspectorFlags, stateDirectory: string): Inspector {
  const named = url === undefined ? undefined : originOf(url);
  if (keyFile !== undefined) {
    const found = keyIn(keyFile);
    return { ...found, url: named ?? found.url };
  }
  const known = inspectorNotes(stateDirectory);
  const found = known.find((one) => one.url === named);
  if (found !== undefined) return { url: found.url, key: found.key };
  throw new Failure(
    'not_found',
    `${stateDirectory} has no key for an inspector at ${named}`,
    known.length > 0
      ? `It has one for ${known.map((one) => one.url).join(', ')}.`
      : 'Name the file with --key-file: inspector-<port>.json in the state directory of that server.',
  );
}

/** @throws Failure invalid_argument */
function originOf(text: string): string {
  const origin = URL.canParse(text) ? new URL(text).origin : '';
  if (LOOPBACK.test(origin)) return origin.replace('localhost', '127.0.0.1');
  throw new Failure(
    'invalid_argument',
    `--url: ${printable(JSON.stringify(text))} is not the address of an inspector; accepted: http://127.0.0.1:<port>`,
    'An inspector listens on 127.0.0.1 alone. From another machine, forward its port: ssh -L 8788:127.0.0.1:8788 <host>',
  );
}

function keyIn(path: string): Inspector {
  const text = readPrivateFile(path);
  if (text === undefined)
    throw new Failure('not_found', `${path} does not exist`, 'The server removes it when it ends.');
  const note = parsedNote(text);
  if (note === undefined) throw new Failure('invalid_argument', `${path} is not the key file of an inspector`);
  return { url: originOf(note.url), key: note.key };
}

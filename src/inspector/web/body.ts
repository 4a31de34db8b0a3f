/** The JSON of a POST. */
import type { IncomingMessage } from 'node:http';
import { only } from './gate.ts';
import { Refusal } from './refusal.ts';

const MAX_BYTES = 65_536;

/** @throws Refusal 400, 413 */
export async function jsonOf(incoming: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  if (!/^application\/json(?:\s*;|$)/i.test(only(incoming, 'content-type') ?? ''))
    throw new Refusal(400, 'invalid_request', 'the body must be application/json');
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of incoming) {
    size += piece.length;
    if (size > MAX_BYTES) throw new Refusal(413, 'payload_too_large', `the body must have at most ${MAX_BYTES} bytes`);
    pieces.push(piece);
  }
  const value = parsed(Buffer.concat(pieces).toString('utf8'));
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Refusal(400, 'invalid_request', 'the body must be a JSON object');
  return value as Readonly<Record<string, unknown>>;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Files and sockets that this process holds open; only where the system shows them. */
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

const DESCRIPTORS = '/proc/self/fd';

export const SHOWS_DESCRIPTORS = existsSync(DESCRIPTORS);

/** What is open below a directory, and every socket: other files belong to the runner of the tests. */
export function openDescriptors(below: string): readonly string[] {
  return readdirSync(DESCRIPTORS)
    .flatMap((name) => target(name) ?? [])
    .filter((path) => path.startsWith(join(below, '/')) || path.startsWith('socket:'))
    .sort();
}

/** Undefined for the descriptor by which the list itself was read. */
function target(name: string): string | undefined {
  try {
    return readlinkSync(join(DESCRIPTORS, name));
  } catch {
    return undefined;
  }
}

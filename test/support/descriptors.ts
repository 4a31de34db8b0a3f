/** Files that this process holds open; only where the system shows them. */
import { existsSync, readdirSync } from 'node:fs';

const DESCRIPTORS = '/proc/self/fd';

export const SHOWS_DESCRIPTORS = existsSync(DESCRIPTORS);

export function openDescriptors(): number {
  return readdirSync(DESCRIPTORS).length;
}

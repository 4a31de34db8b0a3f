/**
 * Signing keys that were made once for the whole run: to make one for each of a thousand servers takes half a minute of
 * a processor. Servers that a test file starts one after the other have different ones.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openStateDirectory, statePaths } from '../../src/machine/state-directory.ts';
import { formatKeyFile, generateSigningKey, type StoredKey } from '../../src/workos/keys/signing-key.ts';

const COUNT = 16;

/** The variable that names their file; set for the run by `build.ts`. */
export const MADE_KEYS = 'AGENT_PASTE_TEST_KEYS';

export async function makeKeys(file: string): Promise<void> {
  const keys = await Promise.all(Array.from({ length: COUNT }, () => generateSigningKey(0)));
  writeFileSync(file, JSON.stringify(keys.map(({ privateKey, ...stored }) => stored)), { mode: 0o600 });
}

let keys: readonly StoredKey[] | undefined;
let next = 0;

/** Puts the next one in a state directory that has none, as the first key of a state is named. */
export function placeMadeKey(directory: string, now: number): void {
  const file = process.env[MADE_KEYS];
  if (file === undefined || existsSync(statePaths(directory).signingKeys)) return;
  const { signingKeys } = openStateDirectory(directory); // with all that a server puts in an empty one
  keys ??= JSON.parse(readFileSync(file, 'utf8')) as StoredKey[];
  const key = keys[next++ % keys.length] as StoredKey;
  mkdirSync(signingKeys, { recursive: true, mode: 0o700 });
  writeFileSync(join(signingKeys, 'first-key.json'), formatKeyFile({ ...key, createdAt: now }), { mode: 0o600 });
}

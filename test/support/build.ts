/** Builds the package once for all tests that use it built, laid out as it is shipped, in a directory of this run. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleInto } from '../tools/build/dist.ts';
import { MADE_KEYS, makeKeys } from './made-keys.ts';

export default async function build(): Promise<() => void> {
  if (process.env.AGENT_PASTE_TEST_BINARY !== undefined) return () => undefined; // for another project of the run
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const built = mkdtempSync(join(tmpdir(), 'agent-paste-build-'));
  for (const part of ['bin', 'fixtures', 'package.json'])
    cpSync(join(root, part), join(built, part), { recursive: true });
  await bundleInto(root, join(built, 'dist'));
  process.env.AGENT_PASTE_TEST_BINARY = join(built, 'bin', 'agent-paste.js');
  process.env[MADE_KEYS] = join(built, 'keys.json');
  await makeKeys(join(built, 'keys.json'));
  return () => rmSync(built, { recursive: true, force: true });
}

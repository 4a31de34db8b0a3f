/** Builds the package once for all tests that use it built, laid out as it is shipped, beside nobody else's build. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build as bundle } from 'rolldown';
import config from '../../rolldown.config.ts';

export default async function build(): Promise<() => void> {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const built = mkdtempSync(join(tmpdir(), 'agent-paste-build-'));
  for (const part of ['bin', 'fixtures', 'package.json'])
    cpSync(join(root, part), join(built, part), { recursive: true });
  for (const { output, ...input } of config)
    await bundle({ ...input, cwd: root, logLevel: 'warn', output: { ...output, dir: join(built, output.dir) } });
  process.env.AGENT_PASTE_TEST_BINARY = join(built, 'bin', 'agent-paste.js');
  return () => rmSync(built, { recursive: true, force: true });
}

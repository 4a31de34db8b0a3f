/** Builds the program once for all tests that start the binary, laid out as the package is, beside nobody else's build. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export default function build(): () => void {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const built = mkdtempSync(join(tmpdir(), 'agent-paste-build-'));
  for (const part of ['bin', 'fixtures', 'package.json'])
    cpSync(join(root, part), join(built, part), { recursive: true });
  const rolldown = join(root, 'node_modules/rolldown/bin/cli.mjs');
  const options = ['--config', 'rolldown.config.ts', '--dir', join(built, 'dist')];
  execFileSync(process.execPath, [rolldown, ...options], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  process.env.AGENT_PASTE_TEST_BINARY = join(built, 'bin', 'agent-paste.js');
  return () => rmSync(built, { recursive: true, force: true });
}

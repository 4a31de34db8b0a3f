/** Builds the program once for all tests that start the binary. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export default function build(): void {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const rolldown = fileURLToPath(new URL('../../node_modules/rolldown/bin/cli.mjs', import.meta.url));
  execFileSync(process.execPath, [rolldown, '--config', 'rolldown.config.ts'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

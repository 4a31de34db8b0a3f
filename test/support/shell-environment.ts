/** A shell in which the program is installed, as its users have it. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { BINARY } from './binary.ts';

/** The environment for a shell: `agent-paste` and `npx agent-paste` are on its PATH, and nothing of the machine's configuration. */
export function shellEnvironment(home: string): Record<string, string> {
  const bin = join(home, '.bin');
  mkdirSync(bin, { recursive: true });
  script(join(bin, 'agent-paste'), `exec '${process.execPath}' '${BINARY}' "$@"`);
  script(join(bin, 'npx'), `[ "$1" = agent-paste ] || exit 64\nshift\nexec agent-paste "$@"`);
  return { HOME: home, PATH: [bin, dirname(process.execPath), process.env.PATH].join(delimiter) };
}

function script(path: string, text: string): void {
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
}

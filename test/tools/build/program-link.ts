/** `agent-paste` among the programs of `node_modules/.bin`: `npx` and a PATH with that directory start it at once. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** npm links the programs of dependencies alone, and `npx` would install the clone into its cache instead. */
export function linkProgram(root: string): void {
  const programs = join(root, 'node_modules/.bin');
  mkdirSync(programs, { recursive: true });
  const link = join(programs, 'agent-paste');
  if (process.platform === 'win32') {
    writeFileSync(`${link}.cmd`, '@node "%~dp0\\..\\..\\bin\\agent-paste.js" %*\r\n');
    return;
  }
  try {
    symlinkSync('../../bin/agent-paste.js', link);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

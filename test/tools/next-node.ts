/** The next Node, pinned by a lock file of its own: an ordinary `npm ci` does not download it. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('node26', import.meta.url));

/**
 * Installs it where it is not there yet.
 * @returns the path of its executable
 * @throws Error when npm cannot install it, or has none for this platform
 */
export function nextNode(): string {
  const found = installed() ?? install();
  if (found === undefined)
    throw new Error(`npm has no Node 26 for ${process.platform}-${process.arch}; run the tests with one of your own`);
  return found;
}

function install(): string | undefined {
  const npm = process.env.npm_execpath;
  if (npm === undefined) throw new Error('start it with `npm run test:node26`, which knows where npm is');
  const { status } = spawnSync(process.execPath, [npm, 'ci'], { cwd: FOLDER, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`npm ci in ${FOLDER} ended with ${status}`);
  return installed();
}

/** At most one of the packages of `package.json` is for this platform. */
function installed(): string | undefined {
  const { optionalDependencies } = JSON.parse(readFileSync(join(FOLDER, 'package.json'), 'utf8'));
  const packages = join(FOLDER, 'node_modules');
  for (const name of existsSync(packages) ? readdirSync(packages) : []) {
    if (!(name in optionalDependencies)) continue;
    const manifest = JSON.parse(readFileSync(join(packages, name, 'package.json'), 'utf8'));
    if (manifest.version === optionalDependencies[name]) return join(packages, name, manifest.bin.node);
  }
  return undefined;
}

/**
 * Imported first by whatever npm scripts start: one sentence where the Node at hand is too old for TypeScript files.
 * Old syntax, no dependencies.
 */
import { readFileSync } from 'node:fs';

const { engines } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
const [neededMajor, neededMinor] = engines.node.match(/\d+/g).map(Number);
const [major, minor] = process.versions.node.split('.').map(Number);

if (major < neededMajor || (major === neededMajor && minor < neededMinor)) {
  process.stderr.write(
    `This needs Node ${neededMajor}.${neededMinor} or newer, and this is ${process.version}. \`npm ci\` brings one along for Linux, macOS and Windows; ` +
      'it was left out here, so install a newer Node.\n',
  );
  process.exit(2);
}

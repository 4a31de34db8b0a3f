import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Plugin, RolldownOptions } from 'rolldown';
import { ALIASES, bareScripts, EXTERNAL, lazyBuiltins, notices, withoutUnusedParts } from './rolldown.config.ts';

/** What Node looks for in its own executable (nodejs.org/api/single-executable-applications.html). */
const SENTINEL = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

function run(...args: string[]): void {
  execFileSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Puts the one file that was bundled into a copy of the Node that runs this build. */
const singleExecutable: Plugin = {
  name: 'single-executable',
  writeBundle({ dir }) {
    const at = (name: string) => join(dir as string, name);
    const [script, config, blob] = [at('agent-paste.cjs'), at('sea.json'), at('agent-paste.blob')];
    const executable = at(process.platform === 'win32' ? 'agent-paste.exe' : 'agent-paste');
    const settings = { main: script, output: blob, disableExperimentalSEAWarning: true, useCodeCache: true };
    writeFileSync(config, JSON.stringify(settings));
    run('--experimental-sea-config', config);
    copyFileSync(process.execPath, executable);
    chmodSync(executable, 0o755);
    const isMac = process.platform === 'darwin';
    const segment = isMac ? ['--macho-segment-name', 'NODE_SEA'] : [];
    if (isMac) execFileSync('codesign', ['--remove-signature', executable]);
    run(
      'node_modules/postject/dist/cli.js',
      executable,
      'NODE_SEA_BLOB',
      blob,
      '--sentinel-fuse',
      SENTINEL,
      ...segment,
    );
    if (isMac) execFileSync('codesign', ['--sign', '-', executable]);
    for (const each of [script, config, blob]) rmSync(each);
    writeFileSync(at('NODE-LICENSE.txt'), nodeLicence());
  },
};

/** The executable is no library: what `agent-paste/msw` needs must not be looked for at a start. */
const withoutLibrary: Plugin = {
  name: 'without-library',
  load: (id) => (/[\\/]src[\\/]library[\\/](?:testing|msw|matchers)\.ts$/.test(id) ? 'export {};' : null),
};

/** The executable carries Node, whose licences ask to come along. A Node from the registry or nodejs.org brings them. */
function nodeLicence(): string {
  const home = dirname(dirname(realpathSync(process.execPath)));
  const file = join(home, 'LICENSE');
  if (existsSync(file)) return readFileSync(file, 'utf8');
  return `This executable carries Node.js ${process.version}: github.com/nodejs/node/blob/${process.version}/LICENSE\n`;
}

export default {
  input: { 'agent-paste': 'src/cli/main.ts' },
  platform: 'node',
  external: EXTERNAL,
  resolve: { alias: ALIASES },
  plugins: [withoutLibrary, withoutUnusedParts, bareScripts, lazyBuiltins, notices, singleExecutable],
  output: {
    dir: 'dist-binary',
    format: 'cjs',
    cleanDir: true,
    minify: true,
    codeSplitting: false,
    entryFileNames: '[name].cjs',
    footer: 'exports.run();',
  },
} satisfies RolldownOptions;

import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { build, type Plugin, type RolldownOptions } from 'rolldown';
import {
  ALIASES,
  bareScripts,
  EXTERNAL,
  lazyBuiltins,
  notices,
  quietColours,
  withoutUnusedParts,
} from './rolldown.config.ts';
import pageConfig from './rolldown.page.config.ts';

/** What Node looks for in its own executable (nodejs.org/api/single-executable-applications.html). */
const SENTINEL = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

function run(...args: string[]): void {
  execFileSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Puts the one file that was bundled into a copy of the Node that runs this build. */
const singleExecutable: Plugin = {
  name: 'single-executable',
  async writeBundle({ dir }) {
    const at = (name: string) => join(dir as string, name);
    const [script, config, blob] = [at('agent-paste.cjs'), at('sea.json'), at('agent-paste.blob')];
    const executable = at(process.platform === 'win32' ? 'agent-paste.exe' : 'agent-paste');
    const assets = await pageAssets(at('inspector'), at('THIRD-PARTY-NOTICES.txt'));
    const settings = { main: script, output: blob, assets, disableExperimentalSEAWarning: true, useCodeCache: true };
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
    for (const each of [script, config, blob, at('inspector')]) rmSync(each, { recursive: true });
    writeFileSync(at('NODE-LICENSE.txt'), nodeLicence());
  },
};

/** The page of the inspector, whose files the executable carries under their names below `dist`. */
async function pageAssets(directory: string, licences: string): Promise<Record<string, string>> {
  const { output, ...input } = pageConfig;
  await build({ ...input, logLevel: 'warn', output: { ...output, dir: directory } });
  const [own = '', ...files] = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => name.split('\\').join('/'))
    .filter((name) => /\.\w+$/.test(name))
    .sort((name) => (name.endsWith('NOTICES.txt') ? -1 : 1));
  appendFileSync(licences, `\n${'-'.repeat(80)}\n\n${readFileSync(join(directory, own), 'utf8')}`);
  return Object.fromEntries(files.map((name) => [`inspector/${name}`, join(directory, name)]));
}

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
  plugins: [withoutLibrary, withoutUnusedParts, quietColours, bareScripts, lazyBuiltins, notices, singleExecutable],
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

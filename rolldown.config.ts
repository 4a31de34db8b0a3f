import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Plugin, type RolldownOptions } from 'rolldown';

/**
 * Modules of Node that are loaded when something of them is first used. Much of the start-up time of a command went
 * into modules that it only might have needed: `node:child_process` of commander, `node:crypto` behind `inspect`.
 */
const LAZY =
  'child_process|crypto|http|http2|https|net|perf_hooks|readline|readline/promises|sea|sqlite|timers/promises|tty|util|zlib';

/** Also, default imports look through to the module, where rolldown would copy each of its members. */
export const lazyBuiltins: Plugin = {
  name: 'lazy-builtins',
  renderChunk: (code) =>
    code
      .replace(
        /^let (\w+) = (require\("node:[\w/]+"\));\n\1 = (?:\w+\.)?\w+\(\1, 1\);$/gm,
        'let $1 = $2;\n$1 = Object.create($1, { default: { value: $1 } });',
      )
      .replace(
        new RegExp(`^let (\\w+) = require\\("(node:(?:${LAZY}))"\\);$`, 'gm'),
        (_, name, id) =>
          `let ${name} = ((it) => new Proxy({}, { get: (_, member) => (it ??= require("${id}"))[member] }))();`,
      ),
};

/** The licences of what is bundled, beside it: most ask that their text comes along. */
export const notices: Plugin = {
  name: 'notices',
  generateBundle(_, bundle) {
    const modules = Object.values(bundle).flatMap((each) => (each.type === 'chunk' ? each.moduleIds : []));
    const packages = new Set(modules.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? []));
    const source = [...packages]
      .sort()
      .map(noticeOf)
      .join(`\n${'-'.repeat(80)}\n\n`);
    this.emitFile({ type: 'asset', fileName: 'THIRD-PARTY-NOTICES.txt', source });
  },
};

function noticeOf(directory: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  const file = readdirSync(directory).find((each) => /^licen[cs]e(\.|$)/i.test(each));
  const text = file === undefined ? 'The package brings no text.' : readFileSync(join(directory, file), 'utf8').trim();
  return `${name} ${version} (${license})\n\n${text}\n`;
}

/**
 * One small entry; every subcommand is a chunk of its own, loaded when it is called. CommonJS, because a process that
 * never starts the loader of ES modules is there sooner.
 */
const program = {
  input: { main: 'src/cli/main.ts' },
  preserveEntrySignatures: 'allow-extension',
  platform: 'node',
  plugins: [lazyBuiltins, notices],
  output: {
    dir: 'dist',
    format: 'cjs',
    cleanDir: true,
    minify: true,
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name]-[hash].cjs',
  },
} satisfies RolldownOptions;

/** What tests of other projects import. */
const library = {
  input: { testing: 'src/library/testing.ts', msw: 'src/library/msw.ts' },
  platform: 'node',
  external: ['msw'],
  plugins: [notices],
  output: { dir: 'dist/library', format: 'esm', cleanDir: true, minify: true },
} satisfies RolldownOptions;

const all = [program, library];
export default all;

// `npm run build`: the command line of rolldown would list sixty files before the banner of `npm start`.
if (import.meta.main) for (const each of all) await build({ ...each, logLevel: 'warn' });

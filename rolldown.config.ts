import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin, RolldownOptions } from 'rolldown';
import { transformSync } from 'rolldown/utils';
import { builtTexts } from './test/tools/build/built-texts.ts';

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

/** What tests of other projects import. All of it is asynchronous: it is a part of the program, loaded when it is called. */
const LIBRARY = { testing: ['startServer', 'mint', 'replay', 'check'], msw: ['playWorkos'] };

/** Imported first: before the program is read, an old Node is told in one sentence what is needed. */
const REFUSE_OLD_RUNTIME = `import judge from '../../bin/runtime.js';
const unsupported = judge();
if (unsupported !== undefined) throw new Error(unsupported);
`;

/** Matchers are members of one object. */
const MATCHERS = ['toBeReplayOf', 'toBeRefusedFor', 'toHaveProvisioned'];

/** Of TypeScript alone, over the doors: what runs in them is the code of a test runner. */
const PLAIN_DOORS = ['fixture', 'vitest'];

/** A module for each door of the library, over the chunks that the program has too. */
const libraryDoors: Plugin = {
  name: 'library-doors',
  generateBundle() {
    const emit = (door: string, source: string) =>
      this.emitFile({ type: 'asset', fileName: `library/${door}.js`, source });
    const begin = (door: string) =>
      `import './runtime.js';\nimport program from '../main.cjs';\nconst { ${door} } = program;\n`;
    for (const [door, names] of Object.entries(LIBRARY)) {
      const lines = names.map(
        (name) => `export const ${name} = async (...given) => (await ${door}()).${name}(...given);`,
      );
      emit(door, `${begin(door)}${lines.join('\n')}\n`);
    }
    const members = MATCHERS.map(
      (name) => `${name}: async (...given) => (await matchers()).matchers.${name}(...given)`,
    );
    emit('matchers', `${begin('matchers')}const all = { ${members.join(', ')} };\nexport { all as matchers };\n`);
    for (const door of PLAIN_DOORS) {
      const file = fileURLToPath(new URL(`src/library/${door}.ts`, import.meta.url));
      const { code } = transformSync(file, readFileSync(file, 'utf8'));
      emit(door, code.replaceAll(/(from ['"]\.\/\w+)\.ts/g, '$1.js'));
    }
    emit('runtime', REFUSE_OLD_RUNTIME);
  },
};

/** `msw` is a peer of the library; the others are what `pg` loads where a native client is installed, or in another runtime. */
export const EXTERNAL = ['msw', './native', 'pg-cloudflare'];

/**
 * Parts of libraries that the program never calls, and that the bundler cannot see to be unused: what writes YAML is
 * reached from the methods of its nodes, and `pg` parses URLs and binary values for those who ask for it. A name that the
 * library no longer has fails the build.
 */
const UNUSED: readonly [RegExp, string | 'exports'][] = [
  [/yaml\/browser\/dist\/stringify\/\w+\.js$/, 'exports'],
  [/yaml\/browser\/dist\/parse\/cst-visit\.js$/, 'exports'],
  [/\/pg-types\/lib\/binaryParsers\.js$/, 'module.exports = { init() {} };'],
  [/\/pg-connection-string\/index\.js$/, 'module.exports = {};'],
];

export const withoutUnusedParts: Plugin = {
  name: 'without-unused-parts',
  load(id) {
    const path = id.replaceAll('\\', '/');
    const source = UNUSED.find(([file]) => file.test(path))?.[1];
    return source === 'exports' ? refusing(readFileSync(id, 'utf8')) : (source ?? null);
  },
};

/** A module of the same exports, all of which throw. */
function refusing(module: string): string {
  const names = /^export \{ ([^}]+) \};$/m.exec(module)?.[1];
  if (names === undefined) throw new Error('the exports of an unused module are not found');
  const exported = names.split(', ').map((name) => `unused as ${name}`);
  return `const unused = () => { throw new Error('not part of the program'); };\nexport { ${exported.join(', ')} };`;
}

/** kleur asks stdout at its import whether that is a terminal. Each text says itself whether it is painted. */
export const quietColours: Plugin = {
  name: 'quiet-colours',
  transform(code, id) {
    if (!/\/kleur\/colors\.mjs$/.test(id.replaceAll('\\', '/'))) return null;
    const quiet = code.replace('isTTY = process.stdout && process.stdout.isTTY;', '');
    if (quiet === code) throw new Error('kleur no longer opens stdout where the build takes that out');
    return quiet;
  },
};

/** The runtime of the bundler is a part of the entry, where the other chunks find it: a file less for every start. */
const oneEntry: Plugin = {
  name: 'one-entry',
  generateBundle(_, bundle) {
    const chunks = Object.values(bundle).filter((each) => each.type === 'chunk');
    const runtime = chunks.find(({ fileName }) => fileName.startsWith('rolldown-runtime'));
    if (runtime === undefined) throw new Error('the runtime of the bundler is not found');
    const [required, own] = [`require("./${runtime.fileName}")`, `((exports)=>{${runtime.code};return exports})({})`];
    for (const chunk of chunks) {
      const isEntry = chunk.fileName === 'main.cjs';
      chunk.code = chunk.code.replace(required, isEntry ? `(exports.runtime=${own})` : 'require("./main.cjs").runtime');
    }
    delete bundle[runtime.fileName];
  },
};

/** The completion scripts without their comments: a shell reads them at each start, and a person hardly ever. */
export const bareScripts: Plugin = {
  name: 'bare-scripts',
  transform: (code, id) =>
    /bomb\.sh[\\/]tab[\\/]dist[\\/]powershell-/.test(id) ? code.replaceAll(/^[ \t]*# .*\n/gm, '') : null,
};

/** As modules of ECMAScript: the bundler leaves out what is not called. */
export const ALIASES = { yaml: fileURLToPath(new URL('node_modules/yaml/browser/dist/index.js', import.meta.url)) };

/**
 * What is taken from Node and not from the process: a test that imports the library may run in an environment, or with
 * clocks, that replace them, and a timer of a browser has no `unref`.
 */
const INJECTED: Record<string, [string, string]> = {
  ...Object.fromEntries(
    Object.entries({
      timers: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'clearImmediate'],
      perf_hooks: ['performance'],
      url: ['URL', 'URLSearchParams'],
      util: ['TextDecoder', 'TextEncoder'],
      buffer: ['Buffer', 'atob', 'btoa'],
    }).flatMap(([module, names]) => names.map((name) => [name, [`node:${module}`, name]])),
  ),
  crypto: ['node:crypto', 'webcrypto'],
};

/** `--help` and `--version`, in a file of their own. */
export async function helpConfig(): Promise<RolldownOptions> {
  const texts = await builtTexts();
  const define = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, JSON.stringify(text)]));
  return {
    input: { help: 'src/cli/built-help.ts' },
    platform: 'node',
    transform: { define },
    output: { format: 'cjs', minify: true, entryFileNames: '[name].cjs' },
  };
}

/** A chunk of the files whose paths, below `src` or `node_modules`, begin like this. */
function chunk(name: string, ...paths: string[]) {
  const test = new RegExp(`(?:src|node_modules)/(?:${paths.join('|')})`.replaceAll('/', '[\\\\/]'));
  return { name, test, includeDependenciesRecursively: false };
}

/**
 * Parts that are loaded together, and parts of which each alone would cost more, in the package and in opening it, than
 * it has in it. The bundler makes a file of whatever two commands share: a hundred of them, most below 2 kB.
 */
const CHUNKS = [
  chunk('postgres', 'store/postgres/'),
  chunk(
    'records',
    'cli/terminal/shell',
    'machine/(inspector-notes|values/shell-word)',
    'callback/(outcome|workspace/(answer|api-key|provision|records))\\.',
    'store/(attempt-log|callback-record|cursor|seal|pepper-notes|shared-addresses|sign-in)\\.',
    'store/sqlite/(pepper-check|inserts|attempt-log|callback-details|connected)',
  ),
  chunk('reading', 'store/(lists|names|audit|promises|sealed-answer|diagnosis)\\.', 'store/sqlite/(audit|inspection)/'),
  chunk(
    'writing',
    'store/sqlite/(api-keys|callback-records|callbacks|members|pages|store|connection|write-spans)\\.',
    'callback/trace\\.',
    'store/sqlite/sign-ins/(?!schema)',
  ),
  chunk('files', 'store/sqlite/(probe|removal|bundle|file/files)', 'machine/state-files'),
  chunk(
    'requests',
    'callback/(issuer|bounded)-request',
    'cli/(published-keys|stdin)',
    'machine/(noted-databases|settings/setting\\.)',
    'server/(environment|neighbour|contract/(constants|routes))',
    'workos/authkit/password',
  ),
  chunk(
    'verification',
    'jose/',
    'callback/(token/(?!memo)|identity|user\\.)',
    'cli/running-verifier',
    'workos/keys/known-keys',
  ),
  chunk('minter', 'server/minter', 'workos/(user-token|tokens/mint)\\.'),
  chunk(
    'judgement',
    'conformance/replay/(pause|answer|send|claims|result|verdict|history|retry|sends|document|difference)\\.',
    'conformance/check/invariants/ids',
  ),
  chunk('reports', 'conformance/reports/', 'cli/(interruption|reporting|remote-target|token-input)'),
  chunk('errands', 'cli/commands/(sweep|migrate|status|wait|clock)\\.'),
  chunk('faults', 'workos/tokens/(profiles|faults(?!/(edits|expected)))'),
  chunk('explanation', 'callback/explanation/', 'workos/keys/known-keys'),
  chunk('inspector-recorder', 'inspector/recorder/'),
  chunk('inspector-start', 'inspector/(start|page-files|web/listener)\\.'),
  chunk(
    'inspector-web',
    'inspector/(web/(?!listener)|routes/|sending/)',
    'cli/(inspected-state|commands/inspect/web)\\.',
  ),
  chunk('library', 'library/(key-pool|options|token|users)\\.'),
  {
    ...chunk(
      'page',
      'cli/(no-such-address|opened-state)',
      'cli/commands/inspect/(page-columns|\\w+-page)\\.',
      'store/view/',
    ),
    includeDependenciesRecursively: true, // what all of them need of others is needed by nothing else
  },
];

/**
 * One small entry; every subcommand is a chunk of its own, loaded when it is called. CommonJS, because a process that
 * never starts the loader of ES modules is there sooner. Directories are relative to `dist`; `test/tools/build/dist.ts`
 * bundles, and puts the files in place.
 */
export default {
  input: { main: 'src/cli/main.ts' },
  preserveEntrySignatures: 'allow-extension',
  platform: 'node',
  external: EXTERNAL,
  resolve: { alias: ALIASES },
  transform: { inject: INJECTED },
  plugins: [withoutUnusedParts, quietColours, bareScripts, lazyBuiltins, oneEntry, notices, libraryDoors],
  output: {
    dir: '.',
    format: 'cjs',
    minify: true,
    comments: false, // licences have a file of their own, and the rest is for bundlers
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name]-[hash].cjs',
    // What every start reads is one file. Commands share parts of it, and the bundler would make a file of each part.
    codeSplitting: {
      groups: [{ name: 'main', tags: ['$initial'] }, ...CHUNKS],
    },
  },
} satisfies RolldownOptions;

import { defineConfig, type Plugin } from 'rolldown';

/**
 * Modules of Node that are loaded when something of them is first used. Half of the start-up time of a command went
 * into modules that it only might have needed: `node:child_process` of commander, `node:crypto` behind `inspect`.
 * Those left out are there before any program starts.
 */
const lazyBuiltins: Plugin = {
  name: 'lazy-builtins',
  renderChunk(code) {
    return code.replace(
      /^let (\w+) = require\("(node:(?!fs"|path"|process"|buffer"|events"|module")[\w/]+)"\);$/gm,
      // As a prototype, because the interop of default imports copies own members and would load the module for them.
      (_, name, id) =>
        `let ${name} = ((it) => Object.create(new Proxy({}, { get: (_, member) => (it ??= require("${id}"))[member] })))();`,
    );
  },
};

/**
 * One small entry; every subcommand is a chunk of its own, loaded when it is called. CommonJS, because a process that
 * never starts the loader of ES modules is there sooner.
 */
export default defineConfig({
  input: { main: 'src/cli/main.ts' },
  preserveEntrySignatures: 'allow-extension',
  platform: 'node',
  plugins: [lazyBuiltins],
  output: {
    dir: 'dist',
    format: 'cjs',
    cleanDir: true,
    minify: true,
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name]-[hash].cjs',
  },
});

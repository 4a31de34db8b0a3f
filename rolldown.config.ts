import { defineConfig } from 'rolldown';

/** One small entry; every subcommand is a chunk of its own, loaded when it is called. */
export default defineConfig({
  input: { main: 'src/cli/main.ts' },
  platform: 'node',
  output: { dir: 'dist', format: 'esm', cleanDir: true, minify: true, chunkFileNames: '[name]-[hash].js' },
});

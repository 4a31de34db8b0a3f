import { defineConfig } from 'vitest/config';

/** Not among the tests of every run: each dashboard is installed from the registry, and built. */
export default defineConfig({
  test: {
    root: new URL('../../..', import.meta.url).pathname,
    include: ['test/tools/frameworks/*.dashboard.ts'],
    globalSetup: 'test/support/build.ts',
    testTimeout: 900_000,
    hookTimeout: 900_000,
    maxWorkers: 1,
  },
});

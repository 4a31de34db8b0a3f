import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/support/build.ts',
    reporters: ['default', './test/support/counts-reporter.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    restoreMocks: true,
    expect: { poll: { timeout: 30_000 } },
    // Most of a test is waiting for a process, a socket or a disk: more workers than the two processors of CI.
    maxWorkers: 3,
    // A shared machine stalls for seconds at times. Here a test fails at once; there it must fail three times.
    retry: process.env.CI === undefined ? 0 : 2,
  },
});

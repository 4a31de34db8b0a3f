import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';

export default defineConfig({
  test: {
    globalSetup: 'test/support/build.ts',
    reporters: ['default', './test/support/counts-reporter.ts'],
    // Against tests that hang: no test measures time by it, however slow the machine is.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    restoreMocks: true,
    // Tests of one file that only wait for time to pass do so together.
    maxConcurrency: 20,
    expect: { poll: { timeout: 120_000 } },
    // Most of a test is waiting for a process, a socket or a disk: more workers than the two processors of CI.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    projects: [
      { extends: true, test: { name: 'agent-paste', include: ['test/**/*.test.ts'] } },
      // A project adds to what it extends: an `include` above would be part of this one too.
      {
        extends: true,
        test: {
          name: 'postgres',
          include: ['test/promises/exactly-once/*.test.ts', 'test/cli/commands/clock.test.ts'],
          // Of the users of the local WorkOS, of callbacks over any store, and of the page: no database of these.
          exclude: ['**/sign-in.test.ts', '**/in-flight.test.ts', '**/catalogue.test.ts'],
          env: { AGENT_PASTE_TEST_ENGINE: 'postgres' },
          setupFiles: ['test/support/on-postgres.ts'],
        },
      },
    ],
  },
});

import { defineConfig } from 'vitest/config';

/**
 * The tests that mutants are tried on: those that run in one process, without the built program, and take no more than
 * a moment each. What only a whole program or a long wait can show is left to the full run.
 */
export default defineConfig({
  test: {
    include: [
      'test/callback/token/*.test.ts',
      'test/callback/*.test.ts',
      'test/store/*.test.ts',
      'test/store/sqlite/*.test.ts',
      'test/callback/workspace/*.test.ts',
      'test/promises/exactly-once/in-flight.test.ts',
    ],
    exclude: [
      'test/store/sqlite/{attempts,users,locking,secret-at-rest,starting,storage-full}.test.ts',
      'test/store/sqlite/{damage-while-serving,file-locks,lock-holder,lost-log,one-process-twice}.test.ts',
      'test/store/sqlite/{open-options,versions}.test.ts',
      // Of lists, pages and the audit, which are not mutated.
      'test/store/{audit,read,view}-contract.test.ts',
    ],
    // A fresh process for each file would take most of the time of a run; nothing here changes what others share.
    isolate: false,
    testTimeout: 3_000,
    hookTimeout: 10_000,
    restoreMocks: true,
    expect: { poll: { timeout: 10_000 } },
  },
});

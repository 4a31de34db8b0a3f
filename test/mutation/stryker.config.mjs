/**
 * Mutation testing of the verifier, the store, the sealing and the idempotency code: docs/testing.md, Mutation testing.
 * One process at a time, as the tests of a file share a machine with nobody else.
 *
 * @type {import('@stryker-mutator/api/core').PartialStrykerOptions}
 */
export default {
  mutate: [
    'src/callback.ts',
    'src/identity/*.ts',
    'src/workspace/*.ts',
    // Of the store what a callback goes through; lists for people (`inspection/`, audit, diagnosis) are not in it.
    'src/store/{attempts,callback-records,connection,cursor,database,database-file,faults,inserts,migrate}.ts',
    'src/store/{pages,pepper-check,peppers,seal,sqlite,statements}.ts',
  ],
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'test/mutation/vitest.config.ts', related: false, pool: 'threads' },
  coverageAnalysis: 'perTest',
  concurrency: 1,
  // Stryker rewrites a tsconfig.json with the API of a TypeScript that this project does not use; nothing here needs one.
  tsconfigFile: 'none',
  disableTypeChecks: false,
  ignorePatterns: ['dist', 'dist-binary', 'docs', '.agent-paste', 'mutation-report'],
  reporters: ['clear-text', 'json', 'progress-append-only'],
  clearTextReporter: { logTests: false },
  jsonReporter: { fileName: 'mutation-report/report.json' },
  thresholds: { high: 95, low: 95, break: 95 },
};

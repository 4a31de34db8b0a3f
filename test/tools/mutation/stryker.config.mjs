/**
 * Mutation testing of the verifier, the store, the sealing and the idempotency code: docs/testing.md, Mutation testing.
 * One process at a time, because the tests of a file need the machine for themselves.
 *
 * @type {import('@stryker-mutator/api/core').PartialStrykerOptions}
 */
export default {
  mutate: [
    'src/callback/*.ts',
    'src/callback/token/*.ts',
    'src/callback/workspace/*.ts',
    // Of the store what a callback goes through; lists for people (`inspection/`, audit) are not in it.
    'src/store/{callback-record,cursor,peppers,seal,sign-in}.ts',
    'src/store/sqlite/{api-keys,attempt-log,callback-records,callbacks,connection,inserts,members,pages,pepper-check,store,table}.ts',
    'src/store/sqlite/file/{errors,migrate,open,path,statements}.ts',
  ],
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'test/tools/mutation/vitest.config.ts', related: false, pool: 'threads' },
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

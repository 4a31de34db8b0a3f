/**
 * Closes a run with the name of each test that this machine could not run, and the plain line `N passed, N failed`;
 * keeps the numbers for a run that has several parts.
 */
import { appendFileSync } from 'node:fs';
import type { Reporter, TestModule, Vitest } from 'vitest/node';

export default class CountsReporter implements Reporter {
  /** Not with `-t`, which skips whatever was not asked for. */
  private wantsNames = true;

  onInit(vitest: Vitest): void {
    this.wantsNames = vitest.config.testNamePattern === undefined;
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    let passed = 0;
    const skipped: string[] = [];
    // A file that does not load, and an error outside of every test, are failures too.
    let failed = unhandledErrors.length;
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      if (tests.length === 0 && module.state() === 'failed') failed++;
      for (const test of tests) {
        const { state } = test.result();
        if (state === 'passed') passed++;
        else if (state === 'skipped') skipped.push(`${module.relativeModuleId} > ${test.fullName}`);
        else failed++;
      }
    }
    const file = process.env.TEST_COUNTS;
    if (file) appendFileSync(file, `${passed} ${failed}\n`);
    if (this.wantsNames) for (const name of skipped) process.stdout.write(`SKIPPED ${name}\n`);
    process.stdout.write(
      `${passed} passed, ${failed} failed${skipped.length === 0 ? '' : `, ${skipped.length} skipped`}\n`,
    );
  }
}

/**
 * Closes a run with the name of each test that this machine could not run, the name and first reason of each that
 * failed, and the plain line `N passed, N failed`; keeps numbers and failures for a run that has several parts.
 */
import { appendFileSync } from 'node:fs';
import type { Reporter, SerializedError, TestModule, Vitest } from 'vitest/node';

/** One line: the first sentence of a message is enough to find the test in a log that was cut. */
const reason = (errors: readonly SerializedError[] | undefined) =>
  (errors?.[0]?.message ?? 'no reason given').replace(/\s+/g, ' ').slice(0, 400);

export default class CountsReporter implements Reporter {
  /** Not with `-t`, which skips whatever was not asked for. */
  private wantsNames = true;

  onInit(vitest: Vitest): void {
    this.wantsNames = vitest.config.testNamePattern === undefined;
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    let passed = 0;
    const skipped: string[] = [];
    // A file that does not load, and an error outside of every test, are failures too.
    const failures = unhandledErrors.map((error) => `outside of the tests: ${reason([error])}`);
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      const place = `${module.project.name} ${module.relativeModuleId}`;
      if (tests.length === 0 && module.state() === 'failed') failures.push(`${place}: ${reason(module.errors())}`);
      for (const test of tests) {
        const { state, errors } = test.result();
        if (state === 'passed') passed++;
        else if (state === 'skipped') skipped.push(`${module.relativeModuleId} > ${test.fullName}`);
        else failures.push(`${place} > ${test.fullName}: ${reason(errors)}`);
      }
    }
    const file = process.env.TEST_COUNTS;
    const failed = failures.map((line) => `FAILED ${process.version} ${line}\n`).join('');
    if (file) appendFileSync(file, `${passed} ${failures.length}\n${failed}`);
    if (this.wantsNames) for (const name of skipped) process.stdout.write(`SKIPPED ${name}\n`);
    process.stdout.write(
      `${failed}${passed} passed, ${failures.length} failed${skipped.length === 0 ? '' : `, ${skipped.length} skipped`}\n`,
    );
  }
}

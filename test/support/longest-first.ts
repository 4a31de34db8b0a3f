/** The order of the test files: what takes longest begins first, so that no worker is alone with it at the end. */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** From the longest on, each of ten seconds or more. */
const LONGEST = [
  'promises/crash/random-kills',
  'promises/browser/stranger',
  'conformance/check/foreign',
  'docs/blocks',
  'promises/crash/system-calls',
  'cli/help',
  'conformance/replay/docs',
  'promises/crash/statements',
  'store/sqlite/locking',
  'promises/properties/tokens',
  'conformance/replay/scenarios',
  'conformance/replay/hostile',
  'promises/at-once/users',
  'promises/bad-inputs/credentials',
  'promises/bad-inputs/user',
  'cli/commands/inspect/lists',
];

function rank({ moduleId }: TestSpecification): number {
  const found = LONGEST.findIndex((name) => moduleId.endsWith(`test/${name}.test.ts`));
  return found < 0 ? LONGEST.length : found;
}

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}

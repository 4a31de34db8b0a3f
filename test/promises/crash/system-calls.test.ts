/** The program is killed at one write system call after the other: in the middle of a commit, a rename, a checkpoint. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../../support/directory.ts';
import { eachPoint, LONG, sample } from './length.ts';
import { prepared, SCENARIOS, type Scenario } from './scenarios.ts';
import { expectSound } from './state.ts';
import { CAN_TRACE, callsIn, killedAt, type SystemCall, tracing } from './strace.ts';

test.skipIf(!CAN_TRACE).each([
  ['a life', 10],
  ['key rotation', 3],
  ['pepper rotation', 3],
  ['sweep', 4],
  ['migration', 4],
  ['seed', 3],
  ['import', 3],
  ['reset', 3],
  ['users add', 3],
  ['keys retire', 2],
  ['keys publish', 2],
  ['clock set', 2],
] as const)('killed at every write system call (needs strace): %s', { timeout: 1_800_000 }, async (name, inShort) => {
  const scenario: Scenario = SCENARIOS[name];
  using before = await prepared(scenario);
  const calls = await systemCalls();
  let killed = 0;
  const points = sample(calls.length, LONG ? 400 : inShort);
  await eachPoint(points, async (point) => {
    using state = before.copy();
    const alive = await scenario.run(state, { wrapper: killedAt(calls[point - 1]!) });
    if (!alive) killed++;
    await (scenario.check ?? expectSound)(state);
  });
  process.stdout.write(`${name}: killed at ${killed} of ${calls.length} write system calls\n`);
  // The log of attempts is written on a timer, so that the last few may not be reached.
  expect(killed).toBeGreaterThan(points.length / 2);

  async function systemCalls(): Promise<SystemCall[]> {
    using directory = temporaryDirectory();
    using state = before.copy();
    const file = join(directory.path, 'trace');
    expect(await scenario.run(state, { wrapper: tracing(file) })).toBe(true);
    return callsIn(readFileSync(file, 'utf8'), state.paths.directory);
  }
});

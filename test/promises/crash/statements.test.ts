/** The program kills itself at one SQL statement after the other, and never leaves half of anything. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../../support/directory.ts';
import { eachPoint, LONG, sample } from './length.ts';
import { prepared, SCENARIOS, type Scenario } from './scenarios.ts';
import { expectSound } from './state.ts';

const KILL_AT_STATEMENT = new URL('../../support/kill-at-statement.mjs', import.meta.url).href;

const preload = ({ from }: Scenario, env: Record<string, string>) => ({
  env: { NODE_OPTIONS: `--import=${KILL_AT_STATEMENT}`, COUNT_FROM: from, ...env },
});

/** Those that run no SQL are killed at system calls alone. */
const NAMES = [
  'first start',
  'provisioning',
  'seen',
  'replay',
  'callbacks that share one commit',
  'sweep',
  'first start with a new pepper',
  'migration',
  'seed',
] as const;

test.each(NAMES)('killed at every SQL statement: %s', { timeout: 600_000 }, async (name) => {
  const scenario: Scenario = SCENARIOS[name];
  using before = await prepared(scenario);
  const total = await statements(scenario);
  let killed = 0;
  const points = sample(total, LONG ? total : 6);
  await eachPoint(points, async (point) => {
    using state = before.copy();
    const alive = await scenario.run(state, preload(scenario, { KILL_AT: `statement:${point}` }));
    if (!alive) killed++;
    await (scenario.check ?? expectSound)(state);
  });
  process.stdout.write(`${name}: killed at ${killed} of ${total} SQL statements\n`);
  // The log of attempts is written on a timer, so that the last few may not be reached.
  expect(killed).toBeGreaterThan(points.length / 2);

  async function statements({ run }: Scenario): Promise<number> {
    using directory = temporaryDirectory();
    using state = before.copy();
    const STATEMENT_COUNT = join(directory.path, 'count');
    expect(await run(state, preload(scenario, { STATEMENT_COUNT }))).toBe(true);
    return Number(readFileSync(STATEMENT_COUNT, 'utf8'));
  }
});

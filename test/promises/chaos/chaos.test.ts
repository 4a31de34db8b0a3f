/**
 * Servers, clients and commands on one state directory, in an order that a seed chooses, with kills at random. Every few
 * seconds all of it ends, and the state is compared with what was acknowledged.
 *
 *   CHAOS_SECONDS=60 CHAOS_SEED=7 npx vitest run test/promises/chaos
 */
import { randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import { LONG, SHORT } from '../crash/length.ts';
import { COMMANDS } from './commands.ts';
import { choicesFrom } from './random.ts';
import { clientRequest, serverLife } from './servers.ts';
import { expectKept } from './verdict.ts';
import { newWorld, type World } from './world.ts';

const SECONDS = Number(process.env.CHAOS_SECONDS ?? (LONG ? 300 : SHORT ? 10 : 20));
const SEED = Number(process.env.CHAOS_SEED ?? randomInt(2 ** 31));
const ROUND_MS = 8000;

type Work = (world: World) => Promise<void>;

const choosing = COMMANDS.flatMap(({ weight, act }) => Array.from({ length: weight }, () => act));
const anyCommand: Work = (world) => world.choices.of(choosing)(world);

const LANES: readonly Work[] = [
  serverLife,
  serverLife,
  anyCommand,
  anyCommand,
  anyCommand,
  clientRequest,
  clientRequest,
];

test(`loses nothing that was acknowledged, whatever runs and is killed (CHAOS_SEED=${SEED})`, {
  timeout: (SECONDS + 300) * 1000,
}, async () => {
  using world = newWorld(choicesFrom(SEED));
  const end = performance.now() + SECONDS * 1000;
  let rounds = 0;
  while (performance.now() < end) {
    await round(world, Math.min(end, performance.now() + ROUND_MS));
    await expectKept(world);
    rounds += 1;
  }
  process.stdout.write(`${rounds} rounds from seed ${SEED}\n${report(world)}\n`);
  expect(world.tally.get('sign-in: answered')).toBeGreaterThan(0);
});

/** Each lane does one thing after the other; the first finding ends all of them. */
async function round(world: World, end: number): Promise<void> {
  let failed = false;
  const lane = async (work: Work) => {
    try {
      while (!failed && performance.now() < end) await work(world);
    } catch (error) {
      failed = true;
      throw error;
    }
  };
  const ended = await Promise.allSettled(LANES.map(lane));
  for (const each of ended) if (each.status === 'rejected') throw each.reason;
}

function report({ tally }: World): string {
  return [...tally]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([what, times]) => `  ${String(times).padStart(6)} ${what}`)
    .join('\n');
}

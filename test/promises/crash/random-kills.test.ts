import { expect, test } from 'vitest';
import { killAtRandom } from './kills.ts';
import { LONG, SHORT } from './length.ts';

const KILLS = LONG ? 1000 : SHORT ? 20 : 200;

test('loses and changes no answer when killed at random moments under load, with several servers on one file', {
  timeout: 1_800_000,
}, async () => {
  const figures = await killAtRandom({ servers: 2, clients: 8, goOn: ({ kills }) => kills < KILLS });
  process.stdout.write(
    `${figures.kills} kills, ${figures.answers} answers kept, ${figures.lost} requests cut off, ${figures.users} users\n`,
  );
  expect(figures.answers).toBeGreaterThan(figures.kills);
  expect(figures.lost).toBeGreaterThan(0);
});

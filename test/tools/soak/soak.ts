/**
 * `npm run soak`: kills servers at random moments for half an hour, or 10,000 times, and ends at the first finding.
 *
 *   npm run soak
 *   npm run soak -- --minutes 1
 *   npm run soak -- --kills 500
 */
import { parseArgs } from 'node:util';
import { killAtRandom } from '../../promises/crash/kills.ts';

const { values: options } = parseArgs({
  options: { minutes: { type: 'string', default: '30' }, kills: { type: 'string', default: '10000' } },
});
const [minutes, kills] = [Number(options.minutes), Number(options.kills)];
const started = performance.now();
const elapsed = () => (performance.now() - started) / 60_000;

let noted = 0;
const figures = await killAtRandom({
  servers: 3,
  clients: 12,
  goOn: (so) => {
    if (so.kills >= noted + 100) {
      noted = so.kills;
      process.stderr.write(`${elapsed().toFixed(1)} minutes: ${so.kills} kills, ${so.answers} answers kept\n`);
    }
    return elapsed() < minutes && so.kills < kills;
  },
});
process.stdout.write(
  `${figures.kills} kills in ${elapsed().toFixed(1)} minutes: ${figures.answers} answers kept, ${figures.lost} requests cut off, ${figures.unavailable} times 503, ${figures.users} users, no finding\n`,
);

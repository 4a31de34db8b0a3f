/** `npm test`, `npm run test:long`, `test:node26` and `soak`: the same on every system, without a shell. */
import './build/node-version.mjs';

const { runTask } = await import('./tasks.ts');
process.exitCode = await runTask(process.argv[2], process.argv.slice(3));

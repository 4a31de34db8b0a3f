/**
 * `npm run build`: builds `dist`. Also run by `npm ci`, by `npm start`, and before the program is packed.
 *
 *   --no-types   without the types of the library, which take most of the time and only packages need
 *   --clean      leaves nothing of earlier builds, for a package
 *   --into <dir> another directory than `dist`
 */
import './node-version.mjs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    types: { type: 'boolean', default: true },
    clean: { type: 'boolean', default: false },
    into: { type: 'string' },
  },
  allowNegative: true,
});
const root = fileURLToPath(new URL('../../..', import.meta.url));
// Not before the version was judged: an older Node reads no TypeScript.
const { buildDist } = await import('./dist.ts');
const { linkProgram } = await import('./program-link.ts');
await buildDist(root, { dist: values.into ?? `${root}dist`, types: values.types, clean: values.clean });
if (values.into === undefined) linkProgram(root);

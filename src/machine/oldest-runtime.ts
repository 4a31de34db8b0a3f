/** The oldest Node and SQLite that this program runs on. */
import manifest from '../../package.json' with { type: 'json' };

const NODE_FLOOR = manifest.engines.node.replace('>=', '');
/** Older versions of SQLite could corrupt a WAL database with several writers (the WAL-reset bug). */
export const SQLITE_FLOOR = '3.51.3';

export const NEWER_NODE = `Use Node ${NODE_FLOOR.replace(/\.0$/, '')} or newer.`;

export function isOldNode(version: string): boolean {
  return isBefore(version, NODE_FLOOR);
}

export function isOldSqlite(version: string): boolean {
  return isBefore(version, SQLITE_FLOOR);
}

/** Compares number by number: a collator could do it, but takes ten milliseconds to load. */
function isBefore(version: string, floor: string): boolean {
  const [running, needed] = [version, floor].map((text) => text.split('.').map(Number)) as [number[], number[]];
  const at = needed.findIndex((part, index) => running[index] !== part);
  return (running[at] ?? 0) < (needed[at] ?? 0); // -1 if all numbers are equal; both parts are then undefined
}

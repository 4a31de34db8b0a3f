/** What a server has opened, with its connection: only by that can a database in memory be read. */
import type { DatabaseSync } from 'node:sqlite';

export const CONNECTION = Symbol('connection');

export interface Connected {
  readonly [CONNECTION]: DatabaseSync;
}

export function isConnected(opened: object): opened is Connected {
  return CONNECTION in opened;
}

/** The reads over the files of a state; each file is opened at its first use. */
import { existsSync } from 'node:fs';
import { LISTS } from '../../lists.ts';
import { NAMES } from '../../names.ts';
import type { ReadStore, Reads, StatePart, StatePlace } from '../../read-store.ts';
import { attemptsPath } from '../attempt-log.ts';
import { audit } from '../audit/audit.ts';
import { diagnose } from '../audit/diagnosis.ts';
import { readDetails } from '../callback-details.ts';
import { openForReading, type Reading } from '../file/reading.ts';
import { follow } from './follow.ts';
import { followInMemory, type MemoryParts, readingInMemory } from './memory.ts';
import { namesAround, namesBeginning } from './names.ts';
import { readPage } from './page.ts';
import { FILES } from './positions.ts';

/**
 * @param onWarning called if a file is older or newer than this program
 * @param memory the parts that are in memory instead
 */
export function openSqliteReads(
  { database, users }: StatePlace,
  onWarning: (message: string) => void,
  memory: Partial<MemoryParts> = {},
): ReadStore {
  const inMemory = (part: StatePart) => (part === 'users' ? undefined : memory[part]);
  const paths: Record<StatePart, string> = { database, attempts: attemptsPath(database), users };
  const readings = new Map<StatePart, Reading>();
  const opened = (part: StatePart): Reading => {
    const connected = inMemory(part);
    return connected ? readingInMemory(connected) : openForReading(paths[part], FILES[part]);
  };
  const reading = (part: StatePart): Reading => {
    const open = readings.get(part) ?? opened(part);
    if (!readings.has(part)) for (const warning of open.warnings) onWarning(warning);
    readings.set(part, open);
    return open;
  };
  const has = (part: StatePart) => inMemory(part) !== undefined || existsSync(paths[part]);
  const reads: Reads = {
    async list(list, query) {
      const { db, together } = reading(LISTS[list].part);
      return together(() => readPage(db, list, query));
    },
    async namesBeginning(kind, name, limit) {
      if (!has(NAMES[kind].part)) return [];
      const { db, together } = reading(NAMES[kind].part);
      return together(() => namesBeginning(db, kind, name, limit));
    },
    async namesAround(kind, text, limit) {
      if (!has(NAMES[kind].part)) return [];
      const { db, together } = reading(NAMES[kind].part);
      return together(() => namesAround(db, kind, text, limit));
    },
    async details(ids) {
      if (!has('attempts')) return new Map();
      const { db, together } = reading('attempts');
      return together(() => readDetails(db, ids));
    },
    has: async (part) => has(part),
  };
  return {
    ...reads,
    together: async (read) => reading('database').snapshot(() => read(reads)),
    follow(list, query, signal) {
      const { part } = LISTS[list];
      return inMemory(part)
        ? followInMemory(reading(part), { list, query, signal })
        : follow(paths[part], { list, query, signal, onWarning });
    },
    audit: (peppers) => audit({ path: database, peppers, onWarning }),
    diagnose: async (peppers) => diagnose(paths, peppers),
    async [Symbol.asyncDispose]() {
      for (const open of readings.values()) open.close();
      readings.clear();
    },
  };
}

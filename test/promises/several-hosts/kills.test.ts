import { expect, test } from 'vitest';
import { HAS_POSTGRES_PROGRAMS } from '../../support/postgres-server.ts';
import { LONG } from '../crash/length.ts';
import { killUnderLoad } from './kills.ts';

const SIZE = LONG ? { users: 30_000, faults: 1000 } : { users: 300, faults: 25 };
const HOUR_MS = 3_600_000;

(HAS_POSTGRES_PROGRAMS ? test : test.skip)(
  'two servers over one PostgreSQL lose, double and halve nothing while everything is killed',
  async () => {
    const figures = await killUnderLoad(SIZE);
    if (LONG) process.stderr.write(`${JSON.stringify(figures, null, 2)}\n`);
    expect(figures).toMatchObject({ lost: 0, double: 0, half: 0, auditPassed: true });
    expect(figures.acknowledged).toBeGreaterThanOrEqual(2 * SIZE.users);
    expect(Object.keys(figures.faults)).toHaveLength(6);
    expect(Object.values(figures.faults).reduce((sum, n) => sum + n, 0)).toBe(SIZE.faults);
    const known = ['database_unreachable', 'database_busy', 'database_io', 'no answer'];
    expect(Object.keys(figures.unavailable).filter((reason) => !known.includes(reason))).toEqual([]);
  },
  HOUR_MS,
);

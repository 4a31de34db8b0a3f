/** Tests that need a PostgreSQL server: without one they are skipped, each with its name. */
import { test } from 'vitest';
import { HAS_POSTGRES } from './postgres.ts';

export const postgresTest = HAS_POSTGRES ? test : test.skip;

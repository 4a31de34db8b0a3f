/** Before the tests of a file that runs on PostgreSQL: without a server they are skipped, each with its name. */
import { afterAll, beforeEach } from 'vitest';
import { HAS_POSTGRES } from './postgres.ts';
import { dropSchemas } from './stored.ts';

beforeEach(({ skip }) => skip(!HAS_POSTGRES, 'no PostgreSQL'));

afterAll(dropSchemas);

/** A server over PostgreSQL that is measured. */
import type { TestSchema } from '../../../support/postgres.ts';
import type { Contender } from '../contender.ts';

export interface Serving {
  readonly postgres: Contender;
  /** Flags that name its database. */
  readonly over: readonly string[];
  readonly directory: string;
  readonly schema: TestSchema;
}

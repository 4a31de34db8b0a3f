/** What the page has to know first. */
import { isoTime } from '../../machine/values/time.ts';
import type { StateAnswer } from '../api-types.ts';
import type { Inspected } from '../inspected.ts';
import { MOST_ROWS } from './query.ts';

export async function state({ state: facts, now, warnings }: Inspected): Promise<StateAnswer> {
  const limits = { list: MOST_ROWS, details: 5000, stream_per_second: 200, send_at_once: 64, send_in_all: 1000 };
  return { schema_version: 1, ...facts, limits, now: isoTime(now()), warnings };
}

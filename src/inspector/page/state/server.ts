/** What the server says about itself. */
import { signal } from '@preact/signals';
import type { StateAnswer } from '../../api-types.ts';
import { get } from '../browser/client.ts';
import { setClock } from '../browser/clock.ts';

export const server = signal<StateAnswer | null>(null);

/** Rises when everything that is shown may have changed: another key, a server that answers again. */
export const generation = signal(0);

export async function loadServer(): Promise<void> {
  const answer = await get<StateAnswer>(['state']);
  setClock(answer.now);
  server.value = answer;
}

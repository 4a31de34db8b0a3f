/** Compares all reads of a member before and after an action that must not change them. */
import { textDifferences } from '../../replay/difference.ts';
import { MEMBER_ROUTES, type Read } from './reading.ts';
import type { Trial } from './trial.ts';
import { type Claim, must } from './verdict.ts';

/** By route. */
export type Shown = ReadonlyMap<string, Read>;

export async function shownTo(trial: Trial, token: string): Promise<Shown> {
  const reads = MEMBER_ROUTES.map(async (route) => [route, await trial.read(route, token)] as const);
  return new Map(await Promise.all(reads));
}

/** A claim for each route that the target has. */
export function unchangedSince(what: string, before: Shown, after: Shown): readonly Claim[] {
  return before
    .entries()
    .filter(([, { status }]) => status === 200)
    .map(([route, { text }]) => {
      const now = after.get(route);
      const differing = now?.status === 200 ? textDifferences(text, now.text) : [`status 200 → ${now?.status}`];
      return must(differing.length === 0, `after ${what}, GET ${route} shows ${differing.join('; ')}`);
    })
    .toArray();
}

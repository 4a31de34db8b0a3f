/** Two servers that were sent the same tokens, answer by answer. */
import { differences } from '../replay/difference.ts';
import { briefly, type SendResult, type Violation } from '../replay/result.ts';
import type { Rule } from '../replay/rules.ts';
import { normalForms } from './normal-form.ts';

/** The rules of `compareTargets`. */
export const TARGET_RULES = [
  'accepted',
  'targets-status',
  'targets-outcome',
  'targets-header',
  'targets-body',
] as const satisfies readonly Rule[];

/** @returns what `other` answers in another way than `one`; only sends that both answered are compared */
export function compareTargets(
  one: readonly SendResult[],
  other: readonly SendResult[],
  isToBeAccepted: (send: SendResult) => boolean,
): readonly Violation[] {
  const [normalOne, normalOther] = [normalForms(), normalForms()];
  const answered = new Map(other.map((send) => [send.n, send]));
  return one.flatMap((first) => {
    const second = answered.get(first.n);
    if (second === undefined) return [];
    const found: Violation[] = [];
    const differ = (invariant: Rule, expected: string, observed: string) => {
      if (expected !== observed) found.push({ invariant, n: first.n, expected, observed });
    };
    const paths = differences(normalOne(first), normalOther(second));
    if (isToBeAccepted(first) && first.answer.status !== 200 && second.answer.status !== 200)
      differ('accepted', '200', briefly(second)); // that two servers refuse everything alike proves nothing
    differ('targets-status', briefly(first), briefly(second));
    if (first.answer.status !== second.answer.status) return found;
    differ('targets-outcome', first.outcome, second.outcome);
    for (const name of ['contentType', 'cacheControl'] as const)
      differ('targets-header', headerOf(first, name), headerOf(second, name));
    differ('targets-body', 'the same JSON, apart from ids, secrets and times', sameOr(paths));
    return found;
  });
}

function sameOr(paths: readonly string[]): string {
  return paths.length === 0 ? 'the same JSON, apart from ids, secrets and times' : paths.join('; ');
}

/** Case and white space of these two say nothing (RFC 9110 sections 8.3.1 and 5.6.1). */
function headerOf({ answer }: SendResult, name: 'contentType' | 'cacheControl'): string {
  const title = name === 'contentType' ? 'Content-Type' : 'Cache-Control';
  return `${title}: ${answer.headers[name]?.toLowerCase().replaceAll(/\s/g, '') ?? 'absent'}`;
}

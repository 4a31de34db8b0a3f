/** An operator makes one mistake of a class in a right server; each of its rows is a mutant. */
import type { Rules } from '../api/rules.ts';

export interface Mistake {
  /** Class and member, such as `claims: exp is not looked at`. */
  readonly operator: string;
  readonly says: string;
  readonly make: (rules: Rules) => Partial<Rules>;
  /** Of a promise that a check only recommends: --strict must catch it. */
  readonly isAdvice?: true;
  /** Why a check from outside cannot see it. */
  readonly unseen?: string;
}

export function mistakes(
  operator: string,
  rows: Readonly<Record<string, (rules: Rules) => Partial<Rules>>>,
): readonly Mistake[] {
  return Object.entries(rows).map(([says, make]) => ({ operator, says, make }));
}

/** The same, of what is only recommended. */
export function lapses(...given: Parameters<typeof mistakes>): readonly Mistake[] {
  return mistakes(...given).map((mistake) => ({ ...mistake, isAdvice: true }));
}

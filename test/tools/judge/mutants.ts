/** Every mistake in one right server or more: the servers that a check must fail. */
import { DESIGNS, type Design } from './designs.ts';
import { ANSWER_MISTAKES } from './operators/answers.ts';
import { KEY_MISTAKES } from './operators/api-keys.ts';
import { AT_ONCE_MISTAKES } from './operators/at-once.ts';
import { BELIEVED_MISTAKES } from './operators/believed.ts';
import { CLAIMED_MISTAKES } from './operators/claimed.ts';
import { CLAIM_MISTAKES } from './operators/claims.ts';
import { ID_MISTAKES } from './operators/ids.ts';
import { MORE_MISTAKES } from './operators/more.ts';
import { ODD_MISTAKES } from './operators/odd.ts';
import type { Mistake } from './operators/operator.ts';
import { ORDER_MISTAKES } from './operators/order.ts';
import { PEOPLE_MISTAKES } from './operators/people.ts';
import { RECORD_MISTAKES } from './operators/records.ts';
import { REQUEST_MISTAKES } from './operators/requests.ts';
import { ROUTE_MISTAKES } from './operators/routes.ts';
import { TOKEN_MISTAKES } from './operators/tokens.ts';
import { TRACE_MISTAKES } from './operators/traces.ts';

export interface Mutant extends Design {
  readonly design: string;
  readonly mistake: Mistake;
}

export const MISTAKES = [
  ...CLAIM_MISTAKES,
  ...TOKEN_MISTAKES,
  ...ID_MISTAKES,
  ...RECORD_MISTAKES,
  ...ANSWER_MISTAKES,
  ...ORDER_MISTAKES,
  ...REQUEST_MISTAKES,
  ...PEOPLE_MISTAKES,
  ...KEY_MISTAKES,
  ...TRACE_MISTAKES,
  ...MORE_MISTAKES,
  ...AT_ONCE_MISTAKES,
  ...BELIEVED_MISTAKES,
  ...CLAIMED_MISTAKES,
  ...ODD_MISTAKES,
  ...ROUTE_MISTAKES,
] as const;

/** In which designs the mistakes are made, in turn. */
export const HOSTS: readonly string[] = ['waits', 'sqlite-in-flight', 'python-json'];

export const MUTANTS: readonly Mutant[] = MISTAKES.map((mistake, index) => {
  const design = DESIGNS.find(({ name }) => name === HOSTS[index % HOSTS.length]) as Design;
  return {
    ...design,
    name: mistake.says,
    design: design.name,
    mistake,
    rules: { ...design.rules, ...mistake.make(design.rules) },
  };
});

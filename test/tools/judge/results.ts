/** Results of checks in a file, a line each, so that a long run goes on where it was stopped. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import type { Design } from './designs.ts';
import type { Judged } from './judged.ts';
import type { Mutant } from './mutants.ts';

/** Of one server, the same in every run. */
export function titleOf(design: Design): string {
  return 'mistake' in design ? `${(design as Mutant).mistake.operator}: ${design.name}` : design.name;
}

interface Line {
  readonly title: string;
  readonly result: Judged;
}

export function keptResults(path: string | undefined) {
  const text = path !== undefined && existsSync(path) ? readFileSync(path, 'utf8') : '';
  const left = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
  return {
    /** Each line is taken once. */
    take(title: string): Judged | undefined {
      const index = left.findIndex((line) => line.title === title);
      return index < 0 ? undefined : left.splice(index, 1)[0]?.result;
    },
    add(title: string, result: Judged): void {
      if (path !== undefined) appendFileSync(path, `${JSON.stringify({ title, result } satisfies Line)}\n`);
    },
  };
}

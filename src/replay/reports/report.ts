/** A verdict, case by case. Texts may hold anything that a server sent; each writer escapes for its own form. */

export interface ReportCase {
  /** Stable: scripts select by it. */
  readonly id: string;
  readonly description: string;
  readonly status: 'passed' | 'failed' | 'skipped';
  /** Why it failed or was skipped, one sentence. */
  readonly message?: string | undefined;
  readonly expected?: string | undefined;
  readonly observed?: string | undefined;
  /** A command line that shows the same again. */
  readonly reproduce?: string | undefined;
  readonly milliseconds: number;
}

export interface Report {
  readonly name: string;
  readonly cases: readonly ReportCase[];
}

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export function countCases({ cases }: Report): Counts {
  const of = (status: ReportCase['status']) => cases.filter((one) => one.status === status).length;
  return { passed: of('passed'), failed: of('failed'), skipped: of('skipped') };
}

/** What a failed case has to say beyond its message, a line for each. */
export function details({ expected, observed, reproduce }: ReportCase): readonly (readonly [string, string])[] {
  return Object.entries({ expected, observed, reproduce }).flatMap(([name, text]) =>
    text === undefined ? [] : [[name, text] as const],
  );
}

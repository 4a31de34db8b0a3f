/** A verdict, case by case. Texts may contain any text of a server; each writer escapes for its own format. */

export interface ReportCase {
  /** Stable, because scripts select by it. */
  readonly id: string;
  /** Where several suites are in one report: the suite of the case, and its name there. The id has both. */
  readonly suite?: string | undefined;
  readonly name?: string | undefined;
  readonly description: string;
  readonly status: 'passed' | 'failed' | 'skipped';
  /** The reason for a failure or skip, in one sentence. */
  readonly message?: string | undefined;
  readonly expected?: string | undefined;
  readonly observed?: string | undefined;
  /** A command that reproduces it. */
  readonly reproduce?: string | undefined;
  /** The file with the line that the case failed at. */
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  readonly milliseconds: number;
  /** The observations, for any verdict. */
  readonly output?: string | undefined;
}

export interface Report {
  readonly name: string;
  /** Duration of the whole run by the clock, because cases may have run side by side. */
  readonly milliseconds: number;
  /** Observations on the run as a whole, a line each. */
  readonly summary?: readonly string[];
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

/** Further lines of a failed case. */
export function details(one: ReportCase): readonly (readonly [string, string])[] {
  const { expected, observed, reproduce, file, line } = one;
  const at = line === undefined ? undefined : `${file === undefined ? 'line ' : `${file}:`}${line}`;
  return Object.entries({ expected, observed, at, reproduce }).flatMap(([name, text]) =>
    text === undefined ? [] : [[name, text] as const],
  );
}

export function jsonReport(report: Report): string {
  const counts = countCases(report);
  return `${JSON.stringify({ schema_version: 1, ok: counts.failed === 0, ...report, counts }, null, 2)}\n`;
}

/** `--report` and the output for GitHub Actions, for commands with a verdict. */
import { closeSync, constants, openSync, writeFileSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import { performance } from 'node:perf_hooks';
import { githubAnnotations, githubSummary } from '../conformance/reports/github.ts';
import { openReports, parseReportFile, type Report, type ReportCase } from '../conformance/reports/reports.ts';
import { systemReason } from '../machine/private-file.ts';
import type { CommandContext } from './command.ts';

/** A report without the duration of the run, which is measured from `openReporting` on. */
export interface Verdict extends Omit<Report, 'milliseconds'> {
  /** The signal that ended the run before its end, so that what is known is no verdict on all of it. */
  readonly stopped?: NodeJS.Signals | undefined;
}

export const REPORT_OPTION = {
  flags: '--report <form=file>',
  description: 'write the verdict to a file: junit=, tap= or json=; repeatable',
  collect: (text: string, given: readonly string[] = []) => [...given, text],
} as const;

/**
 * Call it before the first send: a file that cannot be written ends the command.
 * @returns a function that writes all reports, and then throws for one that could not be written. Call it when the verdict
 *   is printed, which a full disk must not hide.
 * @throws Failure invalid_argument
 */
export function openReporting(
  { runtime, output }: Pick<CommandContext, 'runtime' | 'output'>,
  wanted: readonly string[],
): (report: Verdict) => void {
  const began = performance.now();
  const write = openReports(
    wanted.map(parseReportFile).map(({ form, path }) => ({ form, path: resolve(runtime.cwd, path) })),
  );
  return ({ stopped, ...verdict }) => {
    const cases = stopped === undefined ? verdict.cases : [...verdict.cases, stoppedCase(stopped)];
    const report = { ...verdict, cases, milliseconds: performance.now() - began };
    const failure = write(report);
    if (runtime.env.GITHUB_ACTIONS === 'true') writeGithub(report);
    if (failure !== undefined) throw failure;
  };

  function writeGithub(report: Report): void {
    // On stderr, because stdout is only for the result.
    const root = runtime.env.GITHUB_WORKSPACE ?? runtime.cwd;
    const inRepository = (file: string) => relative(root, resolve(runtime.cwd, file)).replaceAll(sep, '/');
    for (const line of githubAnnotations(report, inRepository)) runtime.stderr.write(`${line}\n`);
    const summary = runtime.env.GITHUB_STEP_SUMMARY;
    if (summary === undefined || summary === '') return;
    try {
      append(summary, githubSummary(report));
    } catch (error) {
      // The environment offers the file and no caller asked for it, so the verdict stands without it.
      output.warning(`GITHUB_STEP_SUMMARY ${summary} cannot be written: ${systemReason(error)}`);
    }
  }
}

/** No reader of a report may take the verdict so far for one on the whole run. */
function stoppedCase(signal: NodeJS.Signals): ReportCase {
  const message = `${signal} stopped the run before its end`;
  return { id: 'whole-run', description: 'the run went to its end', status: 'failed', message, milliseconds: 0 };
}

/** A pipe that no process reads is an error: opening it would wait. */
function append(file: string, text: string): void {
  const { O_APPEND, O_CREAT, O_NONBLOCK = 0, O_WRONLY } = constants;
  const fd = openSync(file, O_APPEND | O_CREAT | O_NONBLOCK | O_WRONLY);
  try {
    writeFileSync(fd, text);
  } finally {
    closeSync(fd);
  }
}

/** `--report`, and what GitHub Actions shows, for the commands that give a verdict. */
import { appendFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Failure } from '../errors.ts';
import { systemReason } from '../private-file.ts';
import { githubAnnotations, githubSummary } from '../replay/reports/github.ts';
import { openReports, parseReportFile, type Report } from '../replay/reports.ts';
import type { CommandContext } from './command.ts';

export const REPORT_OPTION = {
  flags: '--report <form=file>',
  description: 'write the verdict to a file: junit=, tap= or json=; repeatable',
  collect: (text: string, given: readonly string[] = []) => [...given, text],
} as const;

/**
 * Call it before anything is sent: a file that cannot be written ends the command.
 * @returns what writes the report wherever it is wanted
 * @throws Failure invalid_argument
 */
export function openReporting(
  { runtime }: Pick<CommandContext, 'runtime'>,
  wanted: readonly string[],
): (report: Report) => void {
  const write = openReports(
    wanted.map(parseReportFile).map(({ form, path }) => ({ form, path: resolve(runtime.cwd, path) })),
  );
  return (report) => {
    write(report);
    if (runtime.env.GITHUB_ACTIONS !== 'true') return;
    // On stderr: stdout is the result alone.
    for (const line of githubAnnotations(report)) runtime.stderr.write(`${line}\n`);
    const summary = runtime.env.GITHUB_STEP_SUMMARY;
    if (summary === undefined || summary === '') return;
    try {
      appendFileSync(summary, githubSummary(report));
    } catch (error) {
      throw new Failure(
        'invalid_config',
        `cannot write GITHUB_STEP_SUMMARY ${summary}: ${systemReason(error)}`,
        undefined,
        error,
      );
    }
  };
}

/** Verdicts in the formats of CI systems: JUnit XML, TAP 14, JSON, and the output for GitHub. */
import { accessSync, closeSync, constants, existsSync, openSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { closest } from '../../errors/closest.ts';
import { Failure } from '../../errors/failure.ts';
import { systemReason } from '../../machine/private-file.ts';
import { junitReport } from './junit.ts';
import { jsonReport, type Report } from './report.ts';
import { tapReport } from './tap.ts';

export type { Report, ReportCase } from './report.ts';

/** @returns the text of the file */
export type ReportWriter = (report: Report) => string;

export const REPORT_FORMS = { junit: junitReport, tap: tapReport, json: jsonReport } as const satisfies Record<
  string,
  ReportWriter
>;

export interface ReportFile {
  readonly form: keyof typeof REPORT_FORMS;
  readonly path: string;
}

/** Reads `junit=<file>`. @throws Failure invalid_argument */
export function parseReportFile(text: string): ReportFile {
  const at = text.indexOf('=');
  const form = text.slice(0, at);
  const path = text.slice(at + 1);
  if (at < 1 || path === '' || !Object.hasOwn(REPORT_FORMS, form)) {
    const accepted = Object.keys(REPORT_FORMS).map((name) => `${name}=<file>`);
    throw new Failure(
      'invalid_argument',
      `--report: ${JSON.stringify(text)} is not accepted; accepted: ${accepted.join(', ')}${closest(form, Object.keys(REPORT_FORMS))}`,
    );
  }
  return { form: form as ReportFile['form'], path };
}

/**
 * Checks the paths of the files before the first send, so that a run is not lost because of a wrong path.
 * @returns a function that writes each of them, and returns the failure of the first that could not be written
 * @throws Failure invalid_argument for a file that cannot be written
 */
export function openReports(files: readonly ReportFile[]): (report: Report) => Failure | undefined {
  for (const [index, { path }] of files.entries()) {
    if (files.findIndex((other) => other.path === path) !== index)
      throw new Failure('invalid_argument', `--report: ${path} is named twice`);
    refuseUnwritable(path);
  }
  return (report) => {
    let failure: Failure | undefined;
    for (const { form, path } of files) {
      try {
        writeFileSync(path, REPORT_FORMS[form](report));
      } catch (error) {
        failure ??= unwritable(path, systemReason(error), error);
      }
    }
    return failure;
  };
}

/** A place where a file can be made, or a file that can be replaced. @throws Failure invalid_argument */
export function refuseUnwritable(path: string): void {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isDirectory()) throw unwritable(path, 'it is a directory');
    // A pipe that no process reads from would be waited for.
    if (stat?.isFIFO()) closeSync(openSync(path, constants.O_WRONLY | constants.O_NONBLOCK));
    accessSync(existsSync(path) ? path : dirname(path), constants.W_OK);
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw unwritable(path, systemReason(error), error);
  }
}

function unwritable(path: string, why: string, cause?: unknown): Failure {
  return new Failure('invalid_argument', `cannot write ${path}: ${why}`, undefined, cause);
}

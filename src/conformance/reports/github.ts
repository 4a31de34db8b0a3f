/** The output for GitHub Actions: an annotation for each failed case, and a page in Markdown. */
import { countCases, details, type Report, type ReportCase } from './report.ts';

/** GitHub does not show more for a step. */
const MOST_ANNOTATIONS = 10;
/** A summary may have one mebibyte; a longer table leaves out passed cases. */
const MOST_ROWS = 200;

/**
 * Workflow commands, a line each; the runner reads them from either stream of a step.
 * @param inRepository the path of a file from the root of the repository
 */
export function githubAnnotations(
  { name, cases }: Report,
  inRepository: (file: string) => string = (file) => file,
): readonly string[] {
  return cases
    .filter(({ status }) => status === 'failed')
    .slice(0, MOST_ANNOTATIONS)
    .map((one) => {
      const lines = [one.message ?? 'failed', ...details(one).map(labelled)];
      const properties = {
        title: one.suite === undefined ? `${name}: ${one.id}` : one.id,
        ...(one.file === undefined ? {} : { file: inRepository(one.file), line: String(one.line ?? 1) }),
      };
      const written = Object.entries(properties).map(([key, text]) => `${key}=${property(text)}`);
      return `::error ${written.join(',')}::${data(lines.join('\n'))}`;
    });
}

const MARKS: Record<ReportCase['status'], string> = { passed: '✅', failed: '❌', skipped: '➖' };

/** For the file that GITHUB_STEP_SUMMARY names. */
export function githubSummary(report: Report): string {
  const { passed, failed, skipped } = countCases(report);
  const { cases, summary = [] } = report;
  const listed =
    cases.length <= MOST_ROWS ? cases : cases.filter(({ status }) => status !== 'passed').slice(0, MOST_ROWS);
  const rows = listed.map((one) => `| ${MARKS[one.status]} | ${cell(one.id)} | ${found(one)} |`);
  const unlisted = cases.length - listed.length;
  return [
    `### ${cell(report.name)}: ${passed} passed, ${failed} failed, ${skipped} skipped`,
    ...paragraph(summary.map(cell)),
    ...(rows.length === 0 ? [] : paragraph(['| | case | what was found |', '| --- | --- | --- |', ...rows])),
    ...(unlisted === 0 ? [] : paragraph([`${unlisted} more cases are not listed.`])),
    '',
  ].join('\n');
}

function paragraph(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', ...lines];
}

function found(one: ReportCase): string {
  const lines = [one.message ?? (one.status === 'passed' ? one.description : ''), ...details(one).map(labelled)];
  return lines
    .filter((line) => line !== '')
    .map(cell)
    .join('<br>');
}

function labelled([label, text]: readonly [string, string]): string {
  return `${label}: ${text}`;
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

/** As plain text: a text of a server must not become a link, an image or another column. */
function cell(text: string): string {
  return text
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replace(/[&<>"|`*_[\]()!\\~#@]/g, (character) => `&#${character.charCodeAt(0)};`);
}

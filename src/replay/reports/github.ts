/** What GitHub Actions shows beside a run: an annotation for each failed case, and a page in Markdown. */
import { countCases, details, type Report, type ReportCase } from './report.ts';

/** GitHub shows no more of a step. */
const MOST_ANNOTATIONS = 10;
/** A summary may have a mebibyte; what passed is left out of a longer table. */
const MOST_ROWS = 200;

/** Workflow commands, a line each; the runner reads them from either stream of a step. */
export function githubAnnotations({ name, cases }: Report): readonly string[] {
  return cases
    .filter(({ status }) => status === 'failed')
    .slice(0, MOST_ANNOTATIONS)
    .map((one) => {
      const lines = [one.message ?? 'failed', ...details(one).map(([label, text]) => `${label}: ${text}`)];
      return `::error title=${property(`${name}: ${one.id}`)}::${data(lines.join('\n'))}`;
    });
}

const MARKS: Record<ReportCase['status'], string> = { passed: '✅', failed: '❌', skipped: '➖' };

/** For the file that GITHUB_STEP_SUMMARY names. */
export function githubSummary(report: Report): string {
  const { passed, failed, skipped } = countCases(report);
  const { cases } = report;
  const listed =
    cases.length <= MOST_ROWS ? cases : cases.filter(({ status }) => status !== 'passed').slice(0, MOST_ROWS);
  return [
    `### ${cell(report.name)}: ${passed} passed, ${failed} failed, ${skipped} skipped`,
    '',
    '| | case | what was found |',
    '| --- | --- | --- |',
    ...listed.map((one) => `| ${MARKS[one.status]} | ${cell(one.id)} | ${found(one)} |`),
    '',
  ].join('\n');
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

/** As text: what a server sent must not become a link, an image or another column. */
function cell(text: string): string {
  return text
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replace(/[&<>"|`*_[\]()!\\~#@]/g, (character) => `&#${character.charCodeAt(0)};`);
}

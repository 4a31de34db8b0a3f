/** TAP 14 (https://testanything.org/tap-version-14-specification.html): a line for each case, YAML below the failed ones. */
import { details, type Report, type ReportCase } from './report.ts';

export function tapReport({ cases, summary = [] }: Report): string {
  const comments = summary.map((line) => `# ${inLine(line)}`);
  return ['TAP version 14', `1..${cases.length}`, ...cases.flatMap(testPoint), ...comments, ''].join('\n');
}

function testPoint(one: ReportCase, index: number): readonly string[] {
  const description = inLine(one.description === '' ? one.id : `${one.id}: ${one.description}`);
  const line = `ok ${index + 1} - ${description}`;
  if (one.status === 'passed') return [line];
  if (one.status === 'skipped') return [`${line} # SKIP ${inLine(one.message ?? '')}`.trimEnd()];
  const rows = [['message', one.message ?? ''] as const, ...details(one)];
  return [`not ${line}`, '  ---', ...rows.map(([name, text]) => `  ${name}: ${quoted(text)}`), '  ...'];
}

/** A `#` would begin a directive, and a line break the next line. */
function inLine(text: string): string {
  return text.replace(/[\\#]/g, '\\$&').replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');
}

/** A JSON string is a YAML string once the characters that YAML calls unprintable are escaped too. */
function quoted(text: string): string {
  return JSON.stringify(text.toWellFormed()).replace(
    /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

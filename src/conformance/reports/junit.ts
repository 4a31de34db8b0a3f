/** JUnit XML as Jenkins, GitLab and GitHub actions read it: one suite, a test case for each case. */
import { countCases, details, type Report, type ReportCase } from './report.ts';

export function junitReport(report: Report): string {
  const { failed, skipped } = countCases(report);
  const seconds = inSeconds(report.milliseconds);
  const totals = `tests="${report.cases.length}" failures="${failed}" errors="0" skipped="${skipped}" time="${seconds}"`;
  const name = escapeXml(report.name);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="agent-paste" ${totals}>`,
    `  <testsuite name="${name}" ${totals}>`,
    ...report.cases.map((one) => testCase(report.name, one)),
    ...((report.summary ?? []).length === 0
      ? []
      : [`    <system-out>${escapeText((report.summary ?? []).join('\n'))}</system-out>`]),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function testCase(suite: string, one: ReportCase): string {
  const called = one.name ?? one.id;
  const name = one.description === '' ? called : `${called}: ${one.description}`;
  const open = `    <testcase classname="${escapeXml(one.suite ?? suite)}" name="${escapeXml(name)}" time="${inSeconds(one.milliseconds)}"`;
  const message = escapeXml(one.message ?? '');
  const output = one.output === undefined ? [] : [`      <system-out>${escapeText(one.output)}</system-out>`];
  if (one.status === 'passed')
    return output.length === 0 ? `${open}/>` : [`${open}>`, ...output, '    </testcase>'].join('\n');
  if (one.status === 'skipped') return `${open}>\n      <skipped message="${message}"/>\n    </testcase>`;
  const text = details(one).map(([label, value]) => `${label}: ${value}`);
  return [
    `${open}>`,
    `      <failure type="${escapeXml(one.id)}" message="${message}">${escapeText(text.join('\n'))}</failure>`,
    ...output,
    '    </testcase>',
  ].join('\n');
}

function inSeconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  // An attribute value loses its line breaks and tabs unless they are written as references (XML 1.0 section 3.3.3).
  '\n': '&#10;',
  '\r': '&#13;',
  '\t': '&#9;',
};

/** Characters that XML 1.0 (section 2.2) does not allow, even as references, become U+FFFD. */
function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replace(/[&<>"'\n\r\t]/g, (character) => ENTITIES[character] ?? character);
}

/** Between tags, a line break stays one. */
function escapeText(text: string): string {
  return escapeXml(text).replaceAll('&#10;', '\n').replaceAll('&#9;', '\t');
}

import { countCases, type Report } from './report.ts';

export function jsonReport(report: Report): string {
  const counts = countCases(report);
  return `${JSON.stringify({ schema_version: 1, ok: counts.failed === 0, ...report, counts }, null, 2)}\n`;
}

/** The reasons in `docs/rejections.md`, a section for each, below the code that carries them. */
import { type ErrorCode, HTTP_STATUS } from '../../../src/errors/codes.ts';
import type { ReasonRow } from '../../../src/errors/reasons/reason.ts';
import { REASONS } from '../../../src/errors/reasons.ts';
import { escaped } from './sections.ts';

export function rejectionsPageSections(): Record<string, string> {
  const byCode = Map.groupBy(Object.entries<ReasonRow>(REASONS), ([, { code }]) => code);
  return Object.fromEntries(
    [...byCode].map(([code, rows]) => [
      code.replaceAll('_', '-'),
      rows.map(([name, row]) => section(name, row)).join('\n'),
    ]),
  );
}

function section(name: string, { code, message, cause, remedy, fault }: ReasonRow): string {
  return `### ${name}

${statusAndCode(code)}: ${escaped(message)}.

- Usual cause: ${escaped(cause)}
- Remedy: ${escaped(remedy)}
${fault === undefined ? '' : `- To see it: \`agent-paste mint --fault ${fault}\`\n`}`;
}

function statusAndCode(code: ErrorCode): string {
  return `${HTTP_STATUS[code]} \`${code}\``;
}

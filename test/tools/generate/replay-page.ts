/** The generated section of `docs/replay.md`. */
import { RULES } from '../../../src/conformance/replay/rules.ts';

export function replayPageSections(): Readonly<Record<string, string>> {
  const rows = Object.entries(RULES).map(([name, { must, broken }]) => `| \`${name}\` | ${must} | ${broken} |`);
  return {
    rules: ['| rule | what must be true | the headline of a violation |', '| --- | --- | --- |', ...rows].join('\n'),
  };
}

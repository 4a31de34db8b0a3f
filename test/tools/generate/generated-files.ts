/** Every file of the repository that is made from the program, and what it must contain. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { scenarioJsonSchema } from '../../../src/conformance/scenario/schema.ts';
import { badInputSections } from './bad-inputs-page.ts';
import { builtinScenarios } from './builtin-scenarios.ts';
import { checkPageSections } from './check-page.ts';
import { commandsPage } from './commands-page.ts';
import { configJsonSchema } from './config-schema.ts';
import { machineFaultSections } from './machine-faults-page.ts';
import { rejectionsPageSections } from './rejections-page.ts';
import { replayPageSections } from './replay-page.ts';
import { withSections } from './sections.ts';
import { settingNames } from './setting-names.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** By path from the root of the repository; each is given the file as it is now. */
const CONTENTS: Readonly<Record<string, (current: string) => string | Promise<string>>> = {
  'docs/commands.md': commandsPage,
  'src/library/setting-names.ts': settingNames,
  'src/conformance/scenario/builtin.ts': builtinScenarios,
  'docs/rejections.md': (page) => withSections(page, rejectionsPageSections()),
  'docs/replay.md': (page) => withSections(page, replayPageSections()),
  'docs/check.md': (page) => withSections(page, checkPageSections()),
  'fixtures/agent-paste.config.schema.json': () => `${JSON.stringify(configJsonSchema())}\n`,
  'test/promises/bad-inputs/README.md': (page) => withSections(page, badInputSections()),
  'test/promises/machine-faults/README.md': (page) => withSections(page, machineFaultSections()),
  'fixtures/scenarios/scenario.schema.json': () => `${JSON.stringify(scenarioJsonSchema())}\n`,
};

export const GENERATED_FILES = Object.keys(CONTENTS);

export function pathOf(file: string): string {
  return `${ROOT}${file}`;
}

/** @returns what the file contains, and what it must contain */
export async function compared(file: string): Promise<{ readonly current: string; readonly made: string }> {
  const current = readFileSync(pathOf(file), 'utf8');
  return { current, made: (await CONTENTS[file]?.(current)) ?? current };
}

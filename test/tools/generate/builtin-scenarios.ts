/** The scenarios of `fixtures/scenarios` as a part of the program, because a single executable has no files beside it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, parse } from 'node:path';
import { fileURLToPath } from 'node:url';

const DIRECTORY = fileURLToPath(new URL('../../../fixtures/scenarios/', import.meta.url));

export function builtinScenarios(): string {
  const files = readdirSync(DIRECTORY).filter((name) => !name.endsWith('.schema.json'));
  const rows = files.sort().map((file) => {
    const text = readFileSync(join(DIRECTORY, file), 'utf8').replaceAll(/[\\`]|\$\{/g, '\\$&');
    return `  'builtin:${parse(file).name}': \`${text}\`,\n`;
  });
  return `/** Written by \`npm run generate\`: the scenarios of \`fixtures/scenarios\`, by their names for replay. */\nexport const BUILTIN_SCENARIOS: Readonly<Record<string, string>> = {\n${rows.join('')}};\n`;
}

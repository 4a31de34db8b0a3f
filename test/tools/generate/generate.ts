/** `npm run generate`: writes every generated file that is no longer what the program says. */
import { writeFileSync } from 'node:fs';
import { compared, GENERATED_FILES, pathOf } from './generated-files.ts';

for (const file of GENERATED_FILES) {
  const { current, made } = await compared(file);
  if (made === current) continue;
  writeFileSync(pathOf(file), made);
  process.stdout.write(`${file}\n`);
}

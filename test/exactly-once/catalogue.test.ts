import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
/** Scenarios in which callbacks run at the same time: several processes on one file are meant too. */
const CONCURRENT = [17, 19, 20, 34, 41];

/** The numbers of scenarios with which the names of tests begin, such as `#17 and #19 over 8 processes`. */
function scenariosIn(file: string): number[] {
  const names = readFileSync(FOLDER + file, 'utf8').matchAll(/['"`](#\d+(?: and #\d+)*)[ :]/g);
  return [...names].flatMap(([, numbers = '']) => [...numbers.matchAll(/\d+/g)].map(Number));
}

const FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.test.ts') && name !== 'catalogue.test.ts');

test('each of the 46 scenarios is a test that is named after it, and no other is', () => {
  const found = new Set(FILES.flatMap(scenariosIn));
  expect([...found].sort((a, b) => a - b)).toEqual(Array.from({ length: 46 }, (_, index) => index + 1));
});

test('what happens at the same time is tried over several processes too', () => {
  expect(scenariosIn('several-processes.test.ts')).toEqual(expect.arrayContaining(CONCURRENT));
});

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

test('has a test named after each of the 46 scenarios', () => {
  const found = new Set(FILES.flatMap(scenariosIn));
  expect([...found].sort((a, b) => a - b)).toEqual(Array.from({ length: 46 }, (_, index) => index + 1));
});

test('tests concurrent scenarios over several processes too', () => {
  expect(scenariosIn('several-processes.test.ts')).toEqual(expect.arrayContaining(CONCURRENT));
});

test('README.md has a row for each scenario, with the files of its tests', () => {
  const page = readFileSync(`${FOLDER}README.md`, 'utf8');
  const rows = [...page.matchAll(/^\| (\d+) \| .+ \| .+ \| (.+) \|$/gm)];
  expect(rows.map(([, number]) => Number(number))).toEqual(Array.from({ length: 46 }, (_, index) => index + 1));
  for (const [, number, links = ''] of rows) {
    const named = [...links.matchAll(/\]\(([^)]+)\)/g)].map(([, file]) => file);
    const testing = FILES.filter((file) => scenariosIn(file).includes(Number(number)));
    expect(named.sort(), `scenario ${number}`).toEqual(testing.sort());
  }
});

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { AT_REST } from './at-rest.ts';
import { HARDENING } from './localhost.ts';
import { FAULTS } from './machine.ts';

test('names every fault once, from 1 to 54', () => {
  expect(Object.keys(FAULTS).map(Number)).toEqual(Array.from({ length: 54 }, (_, index) => index + 1));
});

describe.each([FAULTS, HARDENING, AT_REST].flatMap((table) => Object.entries(table)))(
  '%s',
  (_, { fault, shown, open }) => {
    test(`names an existing test, or says why there is none: ${fault}`, () => {
      for (const [file, name] of shown) {
        const path = fileURLToPath(new URL(`../../${file}`, import.meta.url));
        expect(existsSync(path), `${file} is not there`).toBe(true);
        expect(readFileSync(path, 'utf8').includes(name), `${file} has no test ${name}`).toBe(true);
      }
      if (shown.length === 0) expect(open).toMatch(/^[A-Z].{20,}\.$/);
    });
  },
);

import { expect, test } from 'vitest';
import { REASONS, type Reason } from '../../../src/errors/reasons.ts';
import { titleOf } from './bad-input.ts';
import { SECTIONS } from './catalogue.ts';

/** Reasons that no token, key set or user can cause: an API key and the database have their own tests. */
const OF_OTHERS: readonly Reason[] = [
  'bad_api_key',
  'database_busy',
  'database_unreachable',
  'database_read_only',
  'storage_full',
  'database_io',
  'database_corrupt',
  'database_replaced',
  'record_unreadable',
];

test.each(SECTIONS)('has exactly the rows of the section $name, $first to $last', ({ first, last, inputs }) => {
  const rows = new Set(inputs.flatMap((input) => input.rows));
  expect([...rows].sort((a, b) => a - b)).toEqual(
    Array.from({ length: last - first + 1 }, (_, index) => first + index),
  );
});

test('covers rows 1 to 156 with the sections', () => {
  const rows = SECTIONS.flatMap(({ first, last }) =>
    Array.from({ length: last - first + 1 }, (_, index) => first + index),
  );
  expect(rows).toEqual(Array.from({ length: 156 }, (_, index) => index + 1));
});

test('covers every reason that a credential, a token, a key set or a user can cause', () => {
  const given = new Set<unknown>(SECTIONS.flatMap(({ inputs }) => inputs.map(({ outcome }) => outcome)));
  const caused = (Object.keys(REASONS) as Reason[]).filter((reason) => !OF_OTHERS.includes(reason));
  expect(caused.filter((reason) => !given.has(reason))).toEqual([]);
});

test('has more than two hundred different inputs', () => {
  const titles = SECTIONS.flatMap(({ inputs }) => inputs.map(titleOf));
  expect(new Set(titles).size).toBe(titles.length);
  expect(titles.length).toBeGreaterThan(200);
});

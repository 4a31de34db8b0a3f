import { expect, test } from 'vitest';
import { REASONS, type Reason } from '../../src/errors.ts';
import { type BadInput, titleOf } from './bad-input.ts';
import { CLAIM_INPUTS } from './rows/claims.ts';
import { CREDENTIAL_INPUTS } from './rows/credentials.ts';
import { ENCODING_INPUTS } from './rows/encoding.ts';
import { HEADER_INPUTS } from './rows/header.ts';
import { KEY_INPUTS } from './rows/keys.ts';
import { USER_INPUTS } from './rows/user.ts';

const SECTIONS: readonly (readonly [name: string, first: number, last: number, inputs: readonly BadInput[]])[] = [
  ['credentials', 1, 20, CREDENTIAL_INPUTS],
  ['encoding', 21, 46, ENCODING_INPUTS],
  ['header', 47, 108, HEADER_INPUTS],
  ['keys', 109, 122, KEY_INPUTS],
  ['claims', 123, 153, CLAIM_INPUTS],
  ['user', 154, 156, USER_INPUTS],
];

/** Reasons that no token, key set or user can cause: an API key and the database have their own tests. */
const OF_OTHERS: readonly Reason[] = [
  'bad_api_key',
  'database_busy',
  'storage_full',
  'database_io',
  'database_corrupt',
  'database_replaced',
  'record_unreadable',
];

test.each(SECTIONS)(
  'every row of the section %s, %i to %i, is a test there, and no other row is',
  (_, first, last, inputs) => {
    const rows = new Set(inputs.flatMap((input) => input.rows));
    expect([...rows].sort((a, b) => a - b)).toEqual(
      Array.from({ length: last - first + 1 }, (_, index) => first + index),
    );
  },
);

test('the sections make up the rows 1 to 156', () => {
  const rows = SECTIONS.flatMap(([, first, last]) =>
    Array.from({ length: last - first + 1 }, (_, index) => first + index),
  );
  expect(rows).toEqual(Array.from({ length: 156 }, (_, index) => index + 1));
});

test('every reason that a credential, a token, a key set or a user can cause is given to some input', () => {
  const given = new Set<unknown>(SECTIONS.flatMap(([, , , inputs]) => inputs.map(({ outcome }) => outcome)));
  const caused = (Object.keys(REASONS) as Reason[]).filter((reason) => !OF_OTHERS.includes(reason));
  expect(caused.filter((reason) => !given.has(reason))).toEqual([]);
});

test('more than two hundred different inputs are tried', () => {
  const titles = SECTIONS.flatMap(([, , , inputs]) => inputs.map(titleOf));
  expect(new Set(titles).size).toBe(titles.length);
  expect(titles.length).toBeGreaterThan(200);
});

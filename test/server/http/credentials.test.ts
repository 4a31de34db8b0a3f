import { expect, test } from 'vitest';
import { bearerCredential } from '../../../src/server/http/credentials.ts';
import { refused } from '../../callback/token/examine.ts';

const reasonOf = (headers: readonly string[]) => {
  try {
    return { credential: bearerCredential(headers) };
  } catch (error) {
    const { reason, detail } = refused(error);
    return { reason, received: detail.received };
  }
};

test.each([
  ['Bearer a.b.c', 'a.b.c'],
  ['bEaReR a.b.c', 'a.b.c'],
  ['Bearer   a.b.c', 'a.b.c'],
  ['Bearer a  b', 'a  b'],
  ['Bearer \ta', '\ta'],
  ['Bearer\ta', '\ta'],
  ['Bearer a, Bearer b', 'a, Bearer b'],
  ['Bearer \u00a0a', '\u00a0a'],
  ['Bearer a\nb', 'a\nb'],
])('takes whatever follows the scheme and its spaces in %j', (header, credential) => {
  expect(reasonOf([header])).toEqual({ credential });
});

test.each(['', 'Bearer', 'Bearer ', 'Bearer    ', 'Basic YTpi', 'Bearera.b.c', 'Token a', 'a Bearer b', ' Bearer a'])(
  'finds no bearer credential in %j',
  (header) => {
    expect(reasonOf([header])).toEqual({ reason: 'no_bearer', received: 'none' });
  },
);

test('finds none without a header, and none in two headers', () => {
  expect(reasonOf([])).toEqual({ reason: 'no_bearer', received: 'none' });
  expect(reasonOf(['Bearer a', 'Bearer a'])).toEqual({ reason: 'multiple_credentials', received: '2' });
});

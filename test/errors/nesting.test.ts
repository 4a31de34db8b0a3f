import { describe, expect, test } from 'vitest';
import { isTooDeep, MAX_NESTING } from '../../src/errors/nesting.ts';
import { arrays, mixed, objects } from '../support/nested-json.ts';

test.each([
  ['arrays', arrays],
  ['objects', objects],
  ['arrays of objects', (depth: number) => mixed(depth / 2)],
  ['arrays with brackets in a text at the bottom', (depth: number) => arrays(depth).replace('[]', '["[[{{"]')],
])('%s may be nested to the limit', (_, json) => {
  expect(isTooDeep(JSON.parse(json(MAX_NESTING)))).toBe(false);
  for (const depth of [MAX_NESTING + 2, 12_000, 100_000]) expect(isTooDeep(JSON.parse(json(depth)))).toBe(true);
});

test('one more than the limit is too deep', () => {
  expect(isTooDeep(JSON.parse(arrays(MAX_NESTING + 1)))).toBe(true);
  expect(isTooDeep(JSON.parse(objects(MAX_NESTING + 1)))).toBe(true);
});

test.each([undefined, null, 0, '', '[[[', false])('%j is not nested', (value) => {
  expect(isTooDeep(value)).toBe(false);
});

describe('a value of a program', () => {
  test('that contains itself is too deep', () => {
    const self: Record<string, unknown> = {};
    self.self = [self];
    expect(isTooDeep(self)).toBe(true);
  });

  test('that names each part of it twice is judged once for each', () => {
    const twice = (depth: number) => Array.from({ length: depth - 1 }).reduce((inner) => [inner, inner], [] as unknown);
    expect(isTooDeep(twice(MAX_NESTING))).toBe(false);
    expect(isTooDeep(twice(MAX_NESTING + 1))).toBe(true);
  });

  test('may be as wide as it likes', () => {
    expect(isTooDeep(Array.from({ length: 300_000 }, () => ({})))).toBe(false);
  });
});

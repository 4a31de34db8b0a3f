import { describe, expect, test } from 'vitest';
import { type ClaimField, claimValue, type Form, fieldsOf, wishOf } from '../../../src/inspector/page/state/wish.ts';

const NOW = 1_795_641_847;

function form(given: Partial<Form> = {}): Form {
  const sends = { faults: '', times: 1, atOnce: 1, tokens: 'one' } as const;
  return { of: 'req_1', email: 'ada@example.com', jti: 'same', sid: 'new', claims: [], ...sends, ...given };
}

const field = (name: string, text: string, given: Partial<ClaimField> = {}): ClaimField => ({
  name,
  text,
  before: null,
  removed: false,
  ...given,
});

describe('the form of a replay', () => {
  test('begins with the claims of the callback, without those that are chosen apart or fresh', () => {
    expect(fieldsOf({ iss: 'https://a', jti: 'j', sid: 's', exp: 1, iat: 1, nbf: 1, role: ['a'] })).toEqual([
      field('iss', '"https://a"', { before: '"https://a"' }),
      field('role', '["a"]', { before: '["a"]' }),
    ]);
    expect(fieldsOf(null)).toEqual([]);
  });

  test('asks for what was changed, added and removed alone', () => {
    const claims = [
      field('iss', '"same"', { before: '"same"' }),
      field('role', '"admin"', { before: '"user"' }),
      field('org', '"x"', { before: '"x"', removed: true }),
      field('exp', 'now - 1 min'),
      field('__proto__', '{"a":1}'),
      field('taken back', '1', { removed: true }),
      field('', '1'),
    ];
    const wish = wishOf(form({ claims, faults: ' expired, kid-unknown ', times: 3, atOnce: 8, tokens: 'each' }), NOW);
    expect(wish).toMatchObject({ of: 'req_1', jti: 'same', sid: 'new', times: 3, at_once: 3, tokens: 'each' });
    expect(JSON.parse(JSON.stringify(wish)).faults).toEqual(['expired', 'kid-unknown']);
    expect(JSON.stringify('claims' in wish && wish.claims)).toBe(
      `{"role":"admin","org":null,"exp":${NOW - 60},"__proto__":{"a":1}}`,
    );
  });

  test('names the claim whose value is neither JSON nor a time', () => {
    expect(wishOf(form({ claims: [field('role', 'admin')] }), NOW)).toEqual({ invalid: 'role' });
    expect(wishOf(form({ of: null }), NOW)).toMatchObject({ email: 'ada@example.com' });
  });

  test.each([
    ['now', NOW],
    ['now + 5 min', NOW + 300],
    [' now-2h ', NOW - 7200],
    ['now + 1 d', NOW + 86_400],
    ['"now"', 'now'],
    ['now + 5 weeks', undefined],
    ['[1, null]', [1, null]],
    ['', undefined],
  ])('reads %j as a value', (text, value) => {
    expect(claimValue(text, NOW)).toEqual(value);
  });
});

import { describe, expect, test } from 'vitest';
import { compared } from '../../../src/inspector/page/pictures/compare.ts';

const text = (value: unknown) => JSON.stringify(value);

describe('two answers', () => {
  test('are compared by path, with the count of equal values', () => {
    const one = { member: { id: 'm', last_seen_at: 'a', scopes: ['read'] }, key: { secret: 's' } };
    const other = { member: { id: 'm', last_seen_at: 'b', scopes: ['read', 'write'] }, key: null };
    expect(compared(text(one), text(other))).toEqual({
      changes: [
        { path: 'member.last_seen_at', before: 'a', after: 'b' },
        { path: 'member.scopes[1]', before: undefined, after: 'write' },
        { path: 'key', before: { secret: 's' }, after: null },
      ],
      equal: 2,
      bytes: null,
    });
  });

  test('with equal values and other bytes differ at an offset', () => {
    expect(compared('{"ä":1,"b":2}', '{"ä":1, "b":2}')).toEqual({
      changes: [],
      equal: 2,
      bytes: { offset: 8, before: '{"ä":1,"b":2}', after: '{"ä":1, "b":2}' },
    });
    expect(compared('[1]', '[1]')).toEqual({ changes: [], equal: 1, bytes: null });
  });

  test('that are no JSON are not compared', () => {
    expect(compared('<html>', '{}')).toBeUndefined();
  });

  test('have members of any name', () => {
    expect(compared('{"__proto__":1,"constructor":{"a":1}}', '{"__proto__":2,"constructor":{"a":1}}')?.changes).toEqual(
      [{ path: '__proto__', before: 1, after: 2 }],
    );
  });
});

import { describe, expect, test } from 'vitest';
import type { CallbackAnswer } from '../../../src/inspector/api-types.ts';
import { meaningOf, shownValue } from '../../../src/inspector/page/state/meaning.ts';
import { detail, row } from './rows.ts';

const AT = '2026-11-25T21:24:07.000Z';
const keys = [
  { kid: 'old', created_at: AT, retired_at: null, newest: false, tokens: 1 },
  { kid: 'new', created_at: AT, retired_at: null, newest: true, tokens: 1 },
  { kid: 'gone', created_at: AT, retired_at: AT, newest: false, tokens: 1 },
];

function known(given: Parameters<typeof row>[0] = {}) {
  const callback = { ...row({ at: AT, ...given }), detail: detail() };
  const answer: CallbackAnswer = {
    schema_version: 1,
    callbacks: [callback],
    explanation: { sentence: '', advice: [] },
    record: null,
    workspace_member: null,
    neighbours: { of_key: [], previous: null, next: null },
    verdict: null,
    commands: { explain: null, inspect: null, curl: null },
  };
  return { answer, callback, keys };
}

const seconds = (after: number) => Date.parse(AT) / 1000 + after;

describe('the meaning of a claim', () => {
  test.each([
    ['exp', seconds(298), 'in 4 min 58 s'],
    ['exp', seconds(-7200), 'ended 2 h before'],
    ['exp', '1795641847', 'not a number'],
    ['exp', 1e300, 'not a sensible time'],
    ['iat', seconds(-0.9), '0.9 s before'],
    ['nbf', seconds(60), 'begins in 1 min'],
    ['kid', 'new', 'newest key'],
    ['kid', 'old', 'older key'],
    ['kid', 'gone', 'retired'],
    ['kid', 'unknown', 'no key of the set'],
    ['sub', 'user_1', 'ada@example.com'],
    ['jti', 'one', 'the key'],
    ['sid', 'session_1', ''],
    ['role', 'admin', ''],
  ])('%s %j is %j', (name, value, meaning) => {
    expect(meaningOf(name, value, known())).toBe(meaning);
  });

  test('says which claim would be the key of a refused token, and which one was refused', () => {
    const refused = known({ idempotency_key: null, outcome: 'refused', reason: 'issuer_mismatch' });
    expect(['jti', 'sid', 'iss', 'client_id'].map((name) => meaningOf(name, 'x', refused))).toEqual([
      'would be the key',
      '',
      'refused',
      '',
    ]);
  });

  test.each(Object.getOwnPropertyNames(Object.prototype))('is none for a claim that is named %s', (name) => {
    expect(meaningOf(name, { x: 1 }, known())).toBe('');
    expect(shownValue({ x: 1 })).toBe('{"x":1}');
  });
});

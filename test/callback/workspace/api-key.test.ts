import { createHmac, createSecretKey } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  formatApiKey,
  hashSecret,
  type Pepper,
  parseApiKey,
  secretMatches,
} from '../../../src/callback/workspace/api-key.ts';

const PEPPER: Pepper = { kid: 1, key: createSecretKey(Buffer.alloc(32, 7)) };
const KEY = { publicId: '0123456789ABCDEF', secret: `${'aZ09_-'.repeat(7)}x` };

test.each(['preview', 'production', 'live'] as const)('reads a key of %s as it was written', (environment) => {
  const text = formatApiKey(environment, KEY);
  expect(text).toBe(`ap_pk_${environment}_${KEY.publicId}_${KEY.secret}`);
  expect(parseApiKey(text)).toEqual(KEY);
});

const good = formatApiKey('live', KEY);

test.each([
  ['nothing', ''],
  ['something before it', `x${good}`],
  ['something after it', `${good}x`],
  ['a line end after it', `${good}\n`],
  ['another environment', good.replace('live', 'test')],
  ['no environment', good.replace('live_', '')],
  ['a short public id', good.replace('0123456789ABCDEF', '0123456789ABCDE')],
  ['a long public id', good.replace('0123456789ABCDEF', '0123456789ABCDEFG')],
  ...['I', 'L', 'O', 'U', 'a', '_'].map((letter) => [
    `${letter} in its public id`,
    good.replace('0123', `012${letter}`),
  ]),
  ['a short secret', good.slice(0, -1)],
  ['a plus sign in its secret', `${good.slice(0, -1)}+`],
])('a text with %s is no key', (_, text) => {
  expect(parseApiKey(text as string)).toBeUndefined();
});

test.each(['0', '9', 'A', 'H', 'J', 'K', 'M', 'N', 'P', 'T', 'V', 'Z'])('accepts a public id with %s', (letter) => {
  expect(parseApiKey(good.replace('0123', `012${letter}`))?.publicId).toBe(`012${letter}456789ABCDEF`);
});

test('keeps the HMAC-SHA-256 of a secret under the pepper, in base64url', () => {
  const hmac = createHmac('sha256', PEPPER.key).update(KEY.secret).digest().toString('base64url');
  expect(hashSecret(PEPPER, KEY.secret)).toBe(hmac);
  expect(secretMatches(PEPPER, KEY.secret, hmac)).toBe(true);
});

test('does not match a secret with an HMAC of another secret or pepper, or a cut, extended or empty one', () => {
  const hmac = hashSecret(PEPPER, KEY.secret);
  expect(secretMatches(PEPPER, `${KEY.secret.slice(0, -1)}y`, hmac)).toBe(false);
  expect(secretMatches({ kid: 1, key: createSecretKey(Buffer.alloc(32, 8)) }, KEY.secret, hmac)).toBe(false);
  for (const kept of ['', hmac.slice(0, -4), `${hmac}AAAA`])
    expect(secretMatches(PEPPER, KEY.secret, kept)).toBe(false);
});

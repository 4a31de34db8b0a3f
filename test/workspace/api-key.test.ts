import { createHmac, createSecretKey } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  formatApiKey,
  hashSecret,
  KEY_ENVIRONMENTS,
  type Pepper,
  parseApiKey,
  secretMatches,
} from '../../src/workspace/api-key.ts';

const PEPPER: Pepper = { kid: 1, key: createSecretKey(Buffer.alloc(32, 7)) };
const KEY = { publicId: '0123456789ABCDEF', secret: `${'aZ09_-'.repeat(7)}x` };

test.each(KEY_ENVIRONMENTS)('a key of %s is read as it was written', (environment) => {
  const text = formatApiKey(environment, KEY);
  expect(text).toBe(`ap_pk_${environment}_${KEY.publicId}_${KEY.secret}`);
  expect(parseApiKey(text)).toEqual(KEY);
});

test('there are keys of three environments', () => {
  expect(KEY_ENVIRONMENTS).toEqual(['preview', 'production', 'live']);
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

test.each(['0', '9', 'A', 'H', 'J', 'K', 'M', 'N', 'P', 'T', 'V', 'Z'])('a public id may have %s', (letter) => {
  expect(parseApiKey(good.replace('0123', `012${letter}`))?.publicId).toBe(`012${letter}456789ABCDEF`);
});

test('what is kept of a secret is its HMAC-SHA-256 under the pepper, in base64url', () => {
  const hmac = createHmac('sha256', PEPPER.key).update(KEY.secret).digest().toString('base64url');
  expect(hashSecret(PEPPER, KEY.secret)).toBe(hmac);
  expect(secretMatches(PEPPER, KEY.secret, hmac)).toBe(true);
});

test('a secret matches no other HMAC: of another secret or pepper, cut, prolonged or empty', () => {
  const hmac = hashSecret(PEPPER, KEY.secret);
  expect(secretMatches(PEPPER, `${KEY.secret.slice(0, -1)}y`, hmac)).toBe(false);
  expect(secretMatches({ kid: 1, key: createSecretKey(Buffer.alloc(32, 8)) }, KEY.secret, hmac)).toBe(false);
  for (const kept of ['', hmac.slice(0, -4), `${hmac}AAAA`])
    expect(secretMatches(PEPPER, KEY.secret, kept)).toBe(false);
});

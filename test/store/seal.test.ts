import { createSecretKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { systemRandom } from '../../src/machine/random.ts';
import { createUnsealer, type SealContext, seal, unseal } from '../../src/store/seal.ts';

const PEPPER = { kid: 1, key: createSecretKey(Buffer.from(Array.from({ length: 32 }, (_, index) => index))) };
const CONTEXT: SealContext = {
  issuer: 'https://api.workos.com',
  subject: 'user_1',
  idempotency_key: 'workos-jti:jti_1',
  key_public_id: '0123456789ABCDEF',
  created_at: '2026-01-01T00:00:00.000Z',
};
const BODY = Buffer.from('{"secret":"s"}');

/** Salt of a1, nonce of b2. */
const fixed = { bytes: (size: number) => Buffer.alloc(size, size === 16 ? 0xa1 : 0xb2) };
const sealed = seal(BODY, CONTEXT, PEPPER, fixed);

// Made with WebCrypto (HKDF, AES-GCM), which shares no code with the module under test.
describe('seals to the known answers', () => {
  test.each([
    [
      'a secret',
      BODY,
      CONTEXT,
      1,
      'a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1b2b2b2b2b2b2b2b2b2b2b2b27e480d9db0d599b367f6ef774fc649b56dd5ee36ae6f939be9a1d1f4810e',
    ],
    [
      'nothing',
      Buffer.alloc(0),
      { ...CONTEXT, idempotency_key: 'workos-session:ü', key_public_id: null },
      7,
      'a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1b2b2b2b2b2b2b2b2b2b2b2b2e1f1e0d4d5dcd25b729c5cb0469d2b6d',
    ],
  ])('%s', (_, body, context, kid, expected) => {
    const pepper = { ...PEPPER, kid };
    expect(seal(body, context, pepper, fixed).toString('hex')).toBe(expected);
    expect(unseal(Buffer.from(expected, 'hex'), context, pepper).equals(body)).toBe(true);
  });
});

test('opens a sealed answer to the same bytes, even from a view of a larger buffer', () => {
  const larger = Buffer.concat([Buffer.alloc(5), sealed, Buffer.alloc(5)]);
  const view = new Uint8Array(larger.buffer, larger.byteOffset + 5, sealed.length);
  expect(unseal(view, CONTEXT, PEPPER).equals(BODY)).toBe(true);
});

test('rejects every flipped bit in salt, nonce, ciphertext and tag', () => {
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const changed = Buffer.from(sealed);
    changed[bit >> 3]! ^= 1 << (bit & 7);
    expect(() => unseal(changed, CONTEXT, PEPPER)).toThrow();
  }
});

test('rejects every truncated piece', () => {
  for (let length = 0; length < sealed.length; length++) {
    const open = () => unseal(sealed.subarray(0, length), CONTEXT, PEPPER);
    // Salt, nonce and tag have 44 bytes.
    if (length < 44)
      expect(open).toThrow(expect.objectContaining({ name: 'RangeError', message: expect.stringMatching(/\S/) }));
    else expect(open).toThrow(/authenticate/);
  }
});

test.each([
  { issuer: 'https://api.workos.com/' },
  { subject: 'user_2' },
  { idempotency_key: 'workos-session:jti_1' },
  { key_public_id: '0123456789ABCDEG' },
  { key_public_id: null },
  { created_at: '2026-01-01T00:00:00.001Z' },
])('an answer does not open under another context: %o', (change) => {
  expect(() => unseal(sealed, { ...CONTEXT, ...change }, PEPPER)).toThrow();
});

test('does not open an answer with another pepper or number', () => {
  expect(() => unseal(sealed, CONTEXT, { kid: 1, key: createSecretKey(Buffer.alloc(32, 9)) })).toThrow();
  expect(() => unseal(sealed, CONTEXT, { ...PEPPER, kid: 2 })).toThrow();
});

test('keeps adjacent values of the context apart', () => {
  const split = { ...CONTEXT, subject: 'user_1"', idempotency_key: 'x' };
  const joined = { ...CONTEXT, subject: 'user_1', idempotency_key: '"x' };
  expect(() => unseal(seal(BODY, split, PEPPER, fixed), joined, PEPPER)).toThrow();
});

describe('one process', () => {
  const key = () => createSecretKey(systemRandom().bytes(32));
  const saltOf = (sealed: Buffer) => sealed.subarray(0, 16).toString('hex');
  const nonceOf = (sealed: Buffer) => sealed.subarray(16, 28).toString('hex');
  const sealedWith = (pepper: { kid: number; key: ReturnType<typeof key> }) =>
    seal(BODY, CONTEXT, pepper, systemRandom());

  test('seals with one salt, and a nonce for each answer', () => {
    const pepper = { kid: 1, key: key() };
    const answers = Array.from({ length: 200 }, () => sealedWith(pepper));
    expect(new Set(answers.map(saltOf)).size).toBe(1);
    expect(new Set(answers.map(nonceOf)).size).toBe(200);
  });

  test('seals with another salt under another pepper of the same number', () => {
    const [one, other] = [key(), key()].map((each) => ({ kid: 1, key: each })) as [typeof PEPPER, typeof PEPPER];
    const sealed = sealedWith(one);
    expect(saltOf(sealedWith(other))).not.toBe(saltOf(sealed));
    expect(() => unseal(sealed, CONTEXT, other)).toThrow(/authenticate/);
    expect(unseal(sealed, CONTEXT, one)).toEqual(BODY);
  });

  test('opens answers of more processes than it remembers the salts of', () => {
    const bytes = systemRandom().bytes(32);
    const answers = Array.from({ length: 200 }, () => sealedWith({ kid: 1, key: createSecretKey(bytes) }));
    expect(new Set(answers.map(saltOf)).size).toBe(200);
    const pepper = { kid: 1, key: createSecretKey(bytes) };
    for (const sealed of [...answers, ...answers]) expect(unseal(sealed, CONTEXT, pepper)).toEqual(BODY);
  });
});

describe('an answer kept open', () => {
  const sealed = seal(BODY, CONTEXT, PEPPER, systemRandom());

  test('is the sealed one at every read', () => {
    const open = createUnsealer();
    for (let time = 0; time < 3; time++) expect(open(sealed, CONTEXT, PEPPER)).toEqual(BODY);
  });

  test.each<[string, SealContext]>([
    ['another issuer', { ...CONTEXT, issuer: 'https://auth.example.com' }],
    ['another subject', { ...CONTEXT, subject: 'user_2' }],
    ['another key', { ...CONTEXT, idempotency_key: 'workos-jti:jti_2' }],
    ['another public id', { ...CONTEXT, key_public_id: null }],
    ['another time', { ...CONTEXT, created_at: '2026-01-01T00:00:00.001Z' }],
  ])('does not open for %s', (_, context) => {
    const open = createUnsealer();
    open(sealed, CONTEXT, PEPPER);
    expect(() => open(sealed, context, PEPPER)).toThrow();
    expect(open(sealed, CONTEXT, PEPPER)).toEqual(BODY);
  });

  test('does not open with another pepper, also of the same number, or a changed byte', () => {
    const open = createUnsealer();
    open(sealed, CONTEXT, PEPPER);
    expect(() => open(sealed, CONTEXT, { ...PEPPER, kid: 2 })).toThrow();
    expect(() => open(sealed, CONTEXT, { kid: 1, key: createSecretKey(Buffer.alloc(32, 9)) })).toThrow();
    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      expect(() => open(changed, CONTEXT, PEPPER)).toThrow();
    }
  });

  test('stays open up to the limit of answers', () => {
    const open = createUnsealer(2);
    const first = open(sealed, CONTEXT, PEPPER);
    open(seal(Buffer.from('a'), CONTEXT, PEPPER, systemRandom()), CONTEXT, PEPPER);
    expect(open(sealed, CONTEXT, PEPPER)).toBe(first);
  });

  test('makes room for later ones, so the oldest is opened again', () => {
    const open = createUnsealer(2);
    const others = ['a', 'b'].map((text) => Buffer.from(text));
    const first = open(sealed, CONTEXT, PEPPER);
    for (const body of others) open(seal(body, CONTEXT, PEPPER, systemRandom()), CONTEXT, PEPPER);
    const again = open(sealed, CONTEXT, PEPPER);
    expect(again).toEqual(first);
    expect(again).not.toBe(first);
    expect(open(sealed, CONTEXT, PEPPER)).toBe(again);
  });
});

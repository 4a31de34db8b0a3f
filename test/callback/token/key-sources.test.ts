import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { localKeys, remoteKeys } from '../../../src/callback/token/keys.ts';
import { type WorkosStub, workosStub } from '../../promises/bad-inputs/workos-stub.ts';
import { examine, KEY, refused, tokenOf } from './examine.ts';

const modulus = (bits: number) =>
  String(generateKeyPairSync('rsa', { modulusLength: bits }).publicKey.export({ format: 'jwk' }).n);
const other = { ...KEY, kid: 'key_2', n: modulus(2048) };
const base64 = (...bytes: number[]) => Buffer.from(bytes).toString('base64url');

const SETS: readonly [what: string, set: unknown, reason: string | undefined, received?: string][] = [
  ['with the key', { keys: [KEY] }, undefined],
  ['with the key and another', { keys: [other, KEY] }, undefined],
  ['that is null', null, 'jwks_invalid', 'no list of keys'],
  ['that is a text', 'keys', 'jwks_invalid', 'no list of keys'],
  ['without keys', {}, 'jwks_invalid', 'no list of keys'],
  ['with an object for keys', { keys: {} }, 'jwks_invalid', 'no list of keys'],
  ['with null among the keys', { keys: [KEY, null] }, 'jwks_invalid', 'no list of keys'],
  ['with a list among the keys', { keys: [KEY, []] }, 'jwks_invalid', 'no list of keys'],
  ['with a number among the keys', { keys: [KEY, 1] }, 'jwks_invalid', 'no list of keys'],
  ['without any key', { keys: [] }, 'jwks_invalid', 'an empty list'],
  ...['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'].map(
    (name) =>
      [`with ${name} in another key`, { keys: [KEY, { ...other, [name]: 'AQ' }] }, 'jwks_invalid', 'a private key'] as [
        string,
        unknown,
        string,
        string,
      ],
  ),
  ['with null where a private key has members', { keys: [{ ...KEY, d: null, p: null, oth: null }] }, undefined],
  ['with empty members of a private key', { keys: [{ ...KEY, d: '', q: '', oth: [] }] }, undefined],
  ['with null for use, alg and key_ops', { keys: [{ ...KEY, use: null, alg: null, key_ops: null }] }, undefined],
  ['with empty use, alg and key_ops', { keys: [{ ...KEY, use: '', alg: '', key_ops: [] }] }, undefined],
  ['with verify among other operations', { keys: [{ ...KEY, key_ops: ['sign', 'verify', 'wrapKey'] }] }, undefined],
  ['with operations without verify', { keys: [{ ...KEY, key_ops: ['encrypt'] }] }, 'kid_unknown'],
  ['with another use', { keys: [{ ...KEY, use: 'enc' }] }, 'kid_unknown'],
  ['with members that mean nothing here', { keys: [{ ...KEY, x5c: [null], x5t: 7, ext: 'no', iat: 'x' }] }, undefined],
  ['without the key', { keys: [other] }, 'kid_unknown', 'key_1'],
  ['with the key twice', { keys: [KEY, KEY] }, 'key_ambiguous', 'several keys'],
  ['with half of the key', { keys: [{ ...KEY, n: undefined }] }, 'jwks_invalid', 'a key that cannot be used'],
  ['with a key of 2040 bits', { keys: [{ ...KEY, n: modulus(2040) }] }, 'jwks_invalid', '2040 bits'],
  ['with a key of 16,384 bits', { keys: [{ ...KEY, n: base64(...Array(2048).fill(0xff)) }] }, 'bad_signature'],
  ['with a key of 16,392 bits', { keys: [{ ...KEY, n: base64(...Array(2049).fill(0xff)) }] }, 'jwks_invalid'],
  ['with the exponent 0', { keys: [{ ...KEY, e: base64(0) }] }, 'jwks_invalid', '0'],
  ['with the exponent 1', { keys: [{ ...KEY, e: base64(1) }] }, 'jwks_invalid', '1'],
  ['with the exponent 1, written long', { keys: [{ ...KEY, e: base64(0, 0, 1) }] }, 'jwks_invalid', '1'],
  ['with the exponent 2', { keys: [{ ...KEY, e: base64(2) }] }, 'jwks_invalid', '2'],
  ['with the exponent 3', { keys: [{ ...KEY, e: base64(3) }] }, 'bad_signature'],
  ['with the exponent 257', { keys: [{ ...KEY, e: base64(1, 1) }] }, 'bad_signature'],
  ['with the exponent 65,538', { keys: [{ ...KEY, e: base64(1, 0, 2) }] }, 'jwks_invalid', '65538'],
  ['with the greatest exponent of 8 bytes', { keys: [{ ...KEY, e: base64(...Array(8).fill(0xff)) }] }, 'bad_signature'],
  [
    'with an exponent of 9 bytes',
    { keys: [{ ...KEY, e: base64(1, 0, 0, 0, 0, 0, 0, 0, 1) }] },
    'jwks_invalid',
    '18446744073709551617',
  ],
];

test.each(SETS)('judges a token under a key set %s', async (_, set, reason, received) => {
  const found = await examine(tokenOf(), { keys: localKeys(() => set as { keys: [] }) });
  expect(found.reason).toBe(reason);
  if (received !== undefined) expect(found.received).toBe(received);
});

test('accepts a token without a kid under one key, and rejects it under several or none', async () => {
  const token = tokenOf({ kid: undefined });
  const under = (...keys: object[]) => examine(token, { keys: localKeys(() => ({ keys }) as never) });
  expect((await under(KEY)).reason).toBeUndefined();
  expect((await under(KEY, other)).reason).toBe('key_ambiguous');
  expect(await under({ ...KEY, use: 'enc' })).toMatchObject({ reason: 'kid_unknown', received: 'no kid' });
});

test.each([
  ['use enc', { use: 'enc' }],
  ['alg PS256', { alg: 'PS256' }],
  ['key_ops sign', { key_ops: ['sign'] }],
  ['key_ops encrypt, wrapKey', { key_ops: ['encrypt', 'wrapKey'] }],
  ['kty EC', { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' }],
  ['use enc and alg RSA-OAEP', { use: 'enc', alg: 'RSA-OAEP' }],
])('says that a key is there with %s', async (words, members) => {
  const found = await examine(tokenOf(), {
    keys: localKeys(() => ({ keys: [other, { ...KEY, ...members }] }) as never),
  });
  expect(found).toMatchObject({
    reason: 'kid_unknown',
    received: `key_1, which is in the JWKS with ${words}`,
  });
});

test('does not use the key of one kid for another kid, or for no kid', async () => {
  const set = { keys: [KEY, other] };
  const keys = localKeys(() => set);
  const reasonWith = async (kid: string | undefined) => (await examine(tokenOf({ kid }), { keys })).reason;
  expect(await reasonWith('key_1')).toBeUndefined();
  expect(await reasonWith('key_2')).toBe('bad_signature');
  expect(await reasonWith('key_3')).toBe('kid_unknown');
  expect(await reasonWith(undefined)).toBe('key_ambiguous');
  expect(await reasonWith('key_1')).toBeUndefined();
});

test('reads the keys of this process at each token, so a changed set counts at once', async () => {
  let set = { keys: [other] };
  const keys = localKeys(() => set);
  expect((await examine(tokenOf(), { keys })).reason).toBe('kid_unknown');
  set = { keys: [KEY as typeof other] };
  expect((await examine(tokenOf(), { keys })).reason).toBeUndefined();
  set.keys[0] = other; // the same object, without a sign that it has changed
  expect((await examine(tokenOf(), { keys })).reason).toBeUndefined();
  await keys.reload();
  expect((await examine(tokenOf(), { keys })).reason).toBe('kid_unknown');
});

test('keeps the same key object as long as the set is the same', async () => {
  const set = { keys: [KEY] };
  const keys = localKeys(() => set);
  expect(await keys.find({ alg: 'RS256', kid: 'key_1' })).toBe(await keys.find({ alg: 'RS256', kid: 'key_1' }));
});

describe('keys of a URL', () => {
  let stub: WorkosStub;
  beforeAll(async () => {
    stub = await workosStub();
  });
  afterAll(() => stub[Symbol.asyncDispose]());
  beforeEach(() => {
    stub.requests.length = 0;
  });
  const source = (changes: object = {}) =>
    remoteKeys({ url: stub.jwksUrl, maxAgeMs: 60_000, cooldownMs: 60_000, ...changes });

  test.each<[what: string, body: unknown, reason: string | undefined, received?: string]>([
    ['the key', { keys: [KEY] }, undefined],
    ['a page', '<html>', 'jwks_invalid', 'something that is not JSON'],
    ['nothing', '', 'jwks_invalid', 'something that is not JSON'],
    ['no list', { keys: null }, 'jwks_invalid', 'no list of keys'],
    ['an empty list', { keys: [] }, 'jwks_invalid', 'an empty list'],
    ['a private key', { keys: [{ ...KEY, d: 'AQ' }] }, 'jwks_invalid', 'a private key'],
    ['64 KB', `${JSON.stringify({ keys: [KEY] })}`.padEnd(65_536), undefined],
    ['more than 64 KB', `${JSON.stringify({ keys: [KEY] })}`.padEnd(65_537), 'jwks_invalid'],
  ])('%s is judged so', async (_, body, reason, received) => {
    stub.keySet = body;
    const found = await examine(tokenOf(), { keys: source() });
    expect(found.reason).toBe(reason);
    if (received !== undefined) expect(found.received).toBe(received);
    if (received === 'something that is not JSON') expect(found.cause).toBeInstanceOf(SyntaxError);
    if (_ === 'more than 64 KB') expect(found.cause).toBeInstanceOf(RangeError);
  });

  test('are fetched once, once per cooldown for an unknown kid, and again after a reload', async () => {
    stub.keySet = { keys: [KEY] };
    const keys = source();
    for (let i = 0; i < 3; i++) expect((await examine(tokenOf(), { keys })).reason).toBeUndefined();
    expect(stub.requests).toHaveLength(1);
    for (let i = 0; i < 3; i++) expect((await examine(tokenOf({ kid: 'x' }), { keys })).reason).toBe('kid_unknown');
    expect(stub.requests).toHaveLength(1); // fetched a moment ago
    stub.keySet = { keys: [other] };
    await keys.reload();
    expect((await examine(tokenOf(), { keys })).reason).toBe('kid_unknown');
    expect(stub.requests).toHaveLength(2);
  });

  test('are fetched again for an unknown kid when there is no cooldown, and when they are old', async () => {
    stub.keySet = { keys: [other] };
    const keys = source({ cooldownMs: 0 });
    expect((await examine(tokenOf(), { keys })).reason).toBe('kid_unknown');
    stub.keySet = { keys: [KEY] };
    expect((await examine(tokenOf(), { keys })).reason).toBeUndefined();
    const old = source({ maxAgeMs: 0 });
    await examine(tokenOf(), { keys: old });
    stub.keySet = { keys: [other] };
    expect((await examine(tokenOf(), { keys: old })).reason).toBe('kid_unknown');
  });

  test('are requested once when unavailable, and at once after a reload', async () => {
    stub.keySet = '<html>';
    const keys = source();
    const reasons = () => examine(tokenOf(), { keys }).then(({ reason }) => reason);
    expect([await reasons(), await reasons(), await reasons()]).toEqual(Array(3).fill('jwks_invalid'));
    expect(stub.requests).toHaveLength(1);
    stub.keySet = { keys: [KEY] };
    await keys.reload();
    expect(await reasons()).toBeUndefined();
    expect(stub.requests).toHaveLength(2);
  });

  test('are requested again after a second when unavailable, and not before', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    try {
      stub.keySet = '<html>';
      const keys = source();
      const ask = () => examine(tokenOf(), { keys });
      await ask();
      vi.advanceTimersByTime(999);
      await ask();
      expect(stub.requests).toHaveLength(1);
      vi.advanceTimersByTime(1);
      await ask();
      expect(stub.requests).toHaveLength(2);
      stub.keySet = { keys: [KEY] };
      vi.advanceTimersByTime(1000);
      expect((await ask()).reason).toBeUndefined();
    } finally {
      vi.useRealTimers();
    }
  });

  test('are requested as JSON', async () => {
    const seen: unknown[] = [];
    const server = createServer(({ headers: { accept } }, response) => {
      seen.push(accept);
      response.end(JSON.stringify({ keys: [KEY] }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect((await examine(tokenOf(), { keys: source({ url }) })).reason).toBeUndefined();
    server.close();
    expect(seen).toEqual(['application/json']);
  });

  test("cause an outage with the system's error code when no server answers", async () => {
    const gone = await workosStub();
    await gone[Symbol.asyncDispose]();
    const found = await examine(tokenOf(), { keys: source({ url: gone.jwksUrl }) });
    expect(found).toMatchObject({ reason: 'jwks_unavailable', received: 'ECONNREFUSED' });
    expect(found.cause).toBeInstanceOf(TypeError);
  });

  test('cause an outage that names any other status', async () => {
    const found = await examine(tokenOf(), { keys: source({ url: `${stub.url}/user_management/users/x` }) });
    expect(found).toMatchObject({ reason: 'jwks_unavailable', received: 'status 404' });
  });

  afterEach(async () => {
    // A refusal of this source is an ApiError with both sides, like one of the verifier.
    stub.keySet = { keys: [] };
    await expect(
      source()
        .find({ alg: 'RS256' })
        .catch((error) => refused(error).code),
    ).resolves.toBe('verification_unavailable');
  });
});

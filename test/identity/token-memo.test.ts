import { expect, test } from 'vitest';
import type { ApiError } from '../../src/errors.ts';
import { localKeys } from '../../src/identity/keys.ts';
import { createTokenMemo, type TokenMemo } from '../../src/identity/token-memo.ts';
import { verifyAccessToken } from '../../src/identity/verify.ts';
import { openKeyring } from '../../src/issuer/keyring.ts';
import { mintToken } from '../../src/issuer/mint.ts';
import { systemRandom } from '../../src/random.ts';
import { temporaryDirectory } from '../support/directory.ts';

const settings = {
  issuer: 'https://issuer.example',
  clientId: 'client_1',
  clientIdClaim: 'required',
  clockTolerance: 0,
} as const;

async function remembering(capacity?: number) {
  const directory = temporaryDirectory();
  const keyring = openKeyring(directory.path);
  await keyring.ensure(Date.now());
  const memo = createTokenMemo(capacity);
  const verifiedInFull: string[] = [];
  const watched: TokenMemo = {
    recall: memo.recall,
    remember: (token, remembered) => {
      verifiedInFull.push(token);
      memo.remember(token, remembered);
    },
  };
  const verifier = { settings, keys: localKeys(() => keyring.jwks()), memo: watched };
  const mint = (faults: string[] = []) =>
    mintToken(
      { issuer: settings.issuer, clientId: settings.clientId, sub: 'user_1', faults },
      { keyring, now: Date.now(), random: systemRandom() },
    ).token;
  const verify = async (token: string, now = Date.now(), changed?: Partial<typeof settings>) => {
    try {
      await verifyAccessToken(token, { ...verifier, settings: changed ? { ...settings, ...changed } : settings }, now);
      return 'accepted';
    } catch (error) {
      return (error as ApiError).reason;
    }
  };
  return { keyring, mint, verify, verifiedInFull, [Symbol.dispose]: () => directory[Symbol.dispose]() };
}

test('a token that was verified is not verified again', async () => {
  using it = await remembering();
  const token = it.mint();
  expect(await it.verify(token)).toBe('accepted');
  expect(await it.verify(token)).toBe('accepted');
  expect(it.verifiedInFull).toEqual([token]);
});

test('a remembered token is refused as soon as it has expired, or the settings have changed', async () => {
  using it = await remembering();
  const token = it.mint();
  expect(await it.verify(token)).toBe('accepted');
  expect(await it.verify(token, Date.now() + 301_000)).toBe('expired');
  expect(await it.verify(token, Date.now(), { clientId: 'client_2' as 'client_1' })).toBe('client_id_mismatch');
});

test('a remembered token is refused as soon as its key is retired', async () => {
  using it = await remembering();
  const token = it.mint();
  const { kid } = it.keyring.signingKey();
  expect(await it.verify(token)).toBe('accepted');
  await it.keyring.rotate(Date.now());
  expect(await it.verify(token)).toBe('accepted');
  it.keyring.retire(kid, Date.now());
  expect(await it.verify(token)).toBe('kid_unknown');
});

test('a token with a bad signature is remembered by nobody', async () => {
  using it = await remembering();
  const token = it.mint(['signature-bit']);
  expect(await it.verify(token)).toBe('bad_signature');
  expect(await it.verify(token)).toBe('bad_signature');
  expect(it.verifiedInFull).toEqual([]);
});

test('the oldest token is forgotten when there are too many', async () => {
  using it = await remembering(2);
  const tokens = [it.mint(), it.mint(), it.mint()] as const;
  for (const token of tokens) await it.verify(token);
  await it.verify(tokens[2]);
  await it.verify(tokens[0]);
  expect(it.verifiedInFull).toEqual([...tokens, tokens[0]]);
});

test('as many tokens as there may be are remembered', async () => {
  using it = await remembering(2);
  const tokens = [it.mint(), it.mint()] as const;
  for (const token of [...tokens, ...tokens]) expect(await it.verify(token)).toBe('accepted');
  expect(it.verifiedInFull).toEqual(tokens);
});

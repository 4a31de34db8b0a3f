import { expect, test } from 'vitest';
import { localKeys } from '../../../src/callback/token/keys.ts';
import { createTokenMemo, type TokenMemo } from '../../../src/callback/token/memo.ts';
import { verifyAccessToken } from '../../../src/callback/token/verify.ts';
import type { ApiError } from '../../../src/errors/api-error.ts';
import { systemRandom } from '../../../src/machine/random.ts';
import { openStateDirectory } from '../../../src/machine/state-directory.ts';
import { openKeyring } from '../../../src/workos/keys/keyring.ts';
import { mintToken } from '../../../src/workos/tokens/mint.ts';
import { temporaryDirectory } from '../../support/directory.ts';

const settings = {
  issuer: 'https://issuer.example',
  clientId: 'client_1',
  clientIdClaim: 'required',
  clockTolerance: 0,
} as const;

async function remembering(capacity?: number) {
  const directory = temporaryDirectory();
  const keyring = openKeyring(openStateDirectory(directory.path).signingKeys);
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

test('does not verify a verified token again', async () => {
  using it = await remembering();
  const token = it.mint();
  expect(await it.verify(token)).toBe('accepted');
  expect(await it.verify(token)).toBe('accepted');
  expect(it.verifiedInFull).toEqual([token]);
});

test('rejects a remembered token once it has expired or the settings have changed', async () => {
  using it = await remembering();
  const token = it.mint();
  expect(await it.verify(token)).toBe('accepted');
  expect(await it.verify(token, Date.now() + 301_000)).toBe('expired');
  expect(await it.verify(token, Date.now(), { clientId: 'client_2' as 'client_1' })).toBe('client_id_mismatch');
});

test('rejects a remembered token once its key is retired', async () => {
  using it = await remembering();
  const token = it.mint();
  const { kid } = it.keyring.signingKey();
  expect(await it.verify(token)).toBe('accepted');
  await it.keyring.rotate(Date.now());
  expect(await it.verify(token)).toBe('accepted');
  await it.keyring.retire(kid, Date.now());
  expect(await it.verify(token)).toBe('kid_unknown');
});

test('does not remember a token with a bad signature', async () => {
  using it = await remembering();
  const token = it.mint(['signature-bit']);
  expect(await it.verify(token)).toBe('bad_signature');
  expect(await it.verify(token)).toBe('bad_signature');
  expect(it.verifiedInFull).toEqual([]);
});

test('forgets the oldest token when the memo is full', async () => {
  using it = await remembering(2);
  const tokens = [it.mint(), it.mint(), it.mint()] as const;
  for (const token of tokens) await it.verify(token);
  await it.verify(tokens[2]);
  await it.verify(tokens[0]);
  expect(it.verifiedInFull).toEqual([...tokens, tokens[0]]);
});

test('remembers as many tokens as its limit allows', async () => {
  using it = await remembering(2);
  const tokens = [it.mint(), it.mint()] as const;
  for (const token of [...tokens, ...tokens]) expect(await it.verify(token)).toBe('accepted');
  expect(it.verifiedInFull).toEqual(tokens);
});

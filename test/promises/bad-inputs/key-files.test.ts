import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { statePaths } from '../../../src/machine/state-directory.ts';
import { agentPaste } from '../../support/binary.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { makeRsaKey } from '../../workos/keys/key-material.ts';

const key = makeRsaKey().jwk;
const { d: _, ...withoutPrivatePart } = key;

test.each([
  ['115: a key with use enc', { ...key, use: 'enc' }],
  ['116: a key with key_ops encrypt', { ...key, key_ops: ['encrypt'] }],
  ['117: a key with alg RS512', { ...key, alg: 'RS512' }],
  [
    '118: two keys of one kid',
    {
      keys: [
        { ...key, kid: 'k' },
        { ...makeRsaKey().jwk, kid: 'k' },
      ],
    },
  ],
  ['119: a key without its private part', withoutPrivatePart],
  ['120: a key of 1024 bits', makeRsaKey(1024).jwk],
  ['121: a key with the exponent 1', { ...key, e: 'AQ' }],
])('%s in a file is refused with one line and exit code 2, and nothing is imported', async (_, json) => {
  using directory = temporaryDirectory();
  const args = ['keys', 'import', '-', '--state-dir', directory.path];
  const { code, stdout, stderr } = await agentPaste(args, { input: JSON.stringify(json) });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr.split('\n').filter((line) => line.startsWith('error')).length).toBe(1);
  expect(stderr).not.toContain(key.d);
  expect(readdirSync(statePaths(directory.path).signingKeys)).toEqual([]);
});

/** Rows 109 to 122: signatures that do not verify, and key sets that must not be used. */
import { createPublicKey } from 'node:crypto';
import { expect } from 'vitest';
import type { PublicKey } from '../../../../src/callback/identity.ts';
import { MAX_NESTING } from '../../../../src/errors/nesting.ts';
import { paddingForgeries } from '../../../../src/workos/tokens/faults/paddings.ts';
import { arrays, mixed, objects } from '../../../support/nested-json.ts';
import { type TestServer, testServer } from '../../../support/server.ts';
import { makeRsaKey } from '../../../workos/keys/key-material.ts';
import { type BadInput, faulty, judge, type Outcome, refusalOf, verdictOf } from '../bad-input.ts';
import { forged } from '../forged.ts';
import { looksLikeRoca, rocaKey } from '../roca.ts';
import { workosStub } from '../workos-stub.ts';

function badSignature(row: number, ...faults: string[]): BadInput[] {
  return faults.map((name) => faulty([row], name, 'bad_signature'));
}

type KeySetFor = (own: PublicKey, all: readonly PublicKey[]) => unknown;

/** A good token under a key set that a JWKS server publishes; `own` is the key that signed it. */
function published(
  rows: readonly number[],
  what: string,
  outcome: Outcome,
  keySet: KeySetFor,
  tokenOf = goodToken,
): BadInput {
  return {
    rows,
    what,
    outcome,
    async send() {
      await using stub = await workosStub();
      await using server = await testServer({ 'jwks-url': stub.jwksUrl });
      const { keys } = server.keyring.jwks();
      const [own] = keys;
      if (own === undefined) throw new TypeError('a new state directory has a key');
      stub.keySet = keySet(own, keys);
      const verdict = verdictOf(await server.post(tokenOf(server)));
      expect(server.bugs).toEqual([]);
      return verdict;
    },
  };
}

function goodToken(server: TestServer): string {
  return server.mint().token;
}

/** The published key with other members. */
function changed(rows: readonly number[], what: string, outcome: Outcome, members: Record<string, unknown>): BadInput {
  return published(rows, what, outcome, (own) => ({ keys: [{ ...own, ...members }] }));
}

/** The published key beside a member that means nothing here. @param json of that member */
function nested(what: string, outcome: Outcome, json: string): BadInput {
  return published([], what, outcome, (own) => `{"keys":[${JSON.stringify(own)}],"x":${json}}`);
}

const SIGNATURES: readonly BadInput[] = [
  ...badSignature(109, 'signature-bit', 'signature-cut'),
  ...badSignature(110, 'signature-zero-after', 'signature-zero-before'),
  ...badSignature(111, 'signature-zero'),
  ...badSignature(112, 'payload-modified', 'header-modified'),
  ...badSignature(113, 'signature-other-key'),
  {
    rows: [113],
    what: 'signed by another key of the same set',
    outcome: 'bad_signature',
    async send() {
      await using server = await testServer();
      const { kid } = server.keyring.signingKey();
      await server.keyring.rotate(Date.now());
      const header = JSON.stringify({ alg: 'RS256', kid });
      return await judge(server, forged(server, { header: () => header }));
    },
  },
  ...badSignature(
    114,
    'padding-short',
    'padding-no-null',
    'padding-sha1-name',
    'padding-long-length',
    'padding-block-type',
    'padding-bare-digest',
  ),
  {
    rows: [114],
    what: 'every one of 180 forged paddings',
    outcome: 'bad_signature',
    async send(server) {
      const input = server.mint().token.split('.').slice(0, 2).join('.');
      const forgeries = paddingForgeries(Buffer.from(input), server.keyring.signingKey().privateKey);
      expect(forgeries.length).toBeGreaterThanOrEqual(180);
      const tokens = forgeries.map(({ signature }) => `${input}.${signature.toString('base64url')}`);
      for (const [index, token] of tokens.entries()) {
        expect((await refusalOf(server, token))?.reason, forgeries[index]?.name).toBe('bad_signature');
      }
      return judge(server, tokens[0] ?? '');
    },
  },
];

const weak = makeRsaKey(1024);
const roca = rocaKey();
const rocaModulus = createPublicKey(roca).export({ format: 'jwk' }).n ?? '';

const KEY_SETS: readonly BadInput[] = [
  changed([115], 'a published key with use enc', 'kid_unknown', { use: 'enc' }),
  changed([116], 'a published key with key_ops sign', 'kid_unknown', { key_ops: ['sign'] }),
  changed([116], 'a published key with key_ops encrypt', 'kid_unknown', { key_ops: ['encrypt'] }),
  changed([116], 'a published key with key_ops verify', 200, { key_ops: ['verify'] }),
  changed([117], 'a published key with alg RS512', 'kid_unknown', { alg: 'RS512' }),
  published([118], 'two published keys of one kid', 'key_ambiguous', (own) => ({
    keys: [own, { ...own, n: makeRsaKey().jwk.n }],
  })),
  published([118], 'the same key published twice', 'key_ambiguous', (own) => ({ keys: [own, own] })),
  changed([119], 'a published private key', 'jwks_invalid', { d: makeRsaKey().jwk.d }),
  changed([119], 'a published prime', 'jwks_invalid', { p: makeRsaKey().jwk.p }),
  published([119], 'another published key with its private part', 'jwks_invalid', (own) => ({
    keys: [own, { ...own, kid: 'other', d: 'AQAB' }],
  })),
  published([119], 'a published secret key', 'jwks_invalid', (own) => ({
    keys: [own, { kty: 'oct', kid: 'other', k: 'c2VjcmV0' }],
  })),
  changed([120], 'a published key of 1024 bits', 'jwks_invalid', { n: weak.jwk.n }),
  changed([121], 'a published key with the exponent 1', 'jwks_invalid', { e: 'AQ' }),
  changed([121], 'a published key with the exponent 1 after zero bytes', 'jwks_invalid', { e: 'AAAB' }),
  changed([121], 'a published key with the exponent 2', 'jwks_invalid', { e: 'Ag' }),
  changed([121], 'a published key with the exponent 65536', 'jwks_invalid', { e: 'AQAA' }),
  changed([121], 'a published key with the exponent 0', 'jwks_invalid', { e: 'AA' }),
  published(
    [122],
    // A key set is believed as far as its URL is: a party that chooses the keys of an issuer need not break them.
    'a published key with a ROCA modulus is not looked for',
    200,
    (own) => {
      expect(looksLikeRoca(rocaModulus)).toBe(true);
      expect(looksLikeRoca(String(own.n))).toBe(false);
      return { keys: [{ ...own, n: rocaModulus, e: 'AQAB' }] };
    },
    (server) => forged(server, { key: roca }),
  ),
];

/** Beside the catalogue: other things that may stand where a key set should. */
const OTHER_SETS: readonly BadInput[] = [
  ...['[]', 'null', '{}', '{"keys":{}}', '{"keys":[null]}', '{"keys":[]}', '<html></html>', ''].map((text) =>
    published([], `a key set of ${JSON.stringify(text)}`, 'jwks_invalid', () => text),
  ),
  nested('a key set nested as deep as is accepted', 200, arrays(MAX_NESTING - 1)),
  nested('a key set with brackets in a text', 200, JSON.stringify('[{'.repeat(12_000))),
  nested('a key set nested one deeper than is accepted', 'jwks_invalid', arrays(MAX_NESTING)),
  nested('a key set nested 12,000 deep', 'jwks_invalid', arrays(12_000)),
  nested('a key set nested 30,000 deep', 'jwks_invalid', arrays(30_000)),
  nested('a key set with objects nested 10,000 deep', 'jwks_invalid', objects(10_000)),
  nested('a key set with arrays and objects nested 12,000 deep', 'jwks_invalid', mixed(6000)),
  published([], 'a key nested 12,000 deep', 'jwks_invalid', (own) => {
    const key = JSON.stringify(own);
    return `{"keys":[${key.slice(0, -1)},"x":${arrays(12_000)}}]}`;
  }),
  changed([], 'a published key without a modulus', 'jwks_invalid', { n: '' }),
  changed([], 'a published key of 20,000 bits', 'jwks_invalid', { n: Buffer.alloc(2500, 0xff).toString('base64url') }),
  changed([], 'a published key with an exponent of 2047 bits', 'jwks_invalid', {
    e: Buffer.alloc(255, 0x7f).toString('base64url'),
  }),
  changed([], 'a published key with a numeric kid', 'kid_unknown', { kid: 1 }),
  changed([], 'a published key of another type', 'kid_unknown', { kty: 'EC' }),
  published([], 'a key set beyond 64 KB', 'jwks_invalid', (own) => ({ keys: [own], x: 'x'.repeat(70_000) })),
  {
    rows: [],
    what: 'a JWKS URL at which no server listens',
    outcome: 'jwks_unavailable',
    async send() {
      const stub = await workosStub();
      await stub[Symbol.asyncDispose]();
      await using server = await testServer({ 'jwks-url': stub.jwksUrl });
      return verdictOf(await server.post(goodToken(server)));
    },
  },
];

export const KEY_INPUTS: readonly BadInput[] = [...SIGNATURES, ...KEY_SETS, ...OTHER_SETS];

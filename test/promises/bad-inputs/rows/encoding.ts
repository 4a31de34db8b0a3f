/** Rows 21 to 46: tokens that are not three canonical base64url parts. */
import { createPublicKey } from 'node:crypto';
import { CompactEncrypt } from 'jose';
import { expect } from 'vitest';
import { testServer } from '../../../support/server.ts';
import { makeRsaKey } from '../../../workos/keys/key-material.ts';
import { type BadInput, faulty, judge, refusalOf, storedRows, type Verdict, verdictOf } from '../bad-input.ts';

function malformed(row: number, ...faults: string[]): BadInput[] {
  return faults.map((name) => faulty([row], name, 'malformed_token'));
}

/** Key management algorithms of RFC 7518 section 4, with a key that fits. */
const ENCRYPTIONS = [
  ['dir', new Uint8Array(32)],
  ['A256KW', new Uint8Array(32)],
  ['A128GCMKW', new Uint8Array(16)],
  ['PBES2-HS256+A128KW', new Uint8Array(16)],
  ['RSA-OAEP-256', createPublicKey(makeRsaKey().privateKey)],
] as const;

export const ENCODING_INPUTS: readonly BadInput[] = [
  ...malformed(21, 'empty'),
  ...malformed(22, 'one-part'),
  ...malformed(23, 'two-parts'),
  ...malformed(24, 'signature-empty'),
  ...malformed(25, 'header-empty'),
  ...malformed(26, 'payload-empty', 'payload-empty-signed'),
  ...malformed(27, 'four-parts', 'trailing-dot', 'leading-dot'),
  faulty([28], 'five-parts', 'encrypted_token'),
  faulty([28], 'encrypted', 'encrypted_token'),
  ...ENCRYPTIONS.map(
    ([alg, key]): BadInput => ({
      rows: [28],
      what: `the token encrypted with ${alg}`,
      outcome: 'encrypted_token',
      async send(server) {
        const jwe = new CompactEncrypt(Buffer.from(server.mint().token)).setProtectedHeader({ alg, enc: 'A256GCM' });
        return judge(server, await jwe.encrypt(key));
      },
    }),
  ),
  ...malformed(29, 'json-flattened', 'json-general', 'json-around'),
  ...malformed(30, 'signature-space'),
  ...malformed(31, 'signature-tab'),
  ...malformed(32, 'signature-newline'),
  ...malformed(33, 'trailing-space', 'trailing-crlf'),
  ...malformed(34, 'payload-space'),
  ...malformed(35, 'header-space'),
  ...malformed(36, 'payload-padded'),
  ...malformed(37, 'signature-padded'),
  ...malformed(38, 'header-padded'),
  ...malformed(39, 'base64-standard'),
  ...malformed(40, 'unused-bits'),
  ...malformed(41, 'payload-non-ascii'),
  ...malformed(42, 'payload-brace', 'payload-quote', 'signature-question-mark', 'signature-hash'),
  ...malformed(43, 'url-encoded'),
  ...malformed(44, 'nul', 'homoglyph-dot'),
  {
    rows: [45],
    what: 'a byte order mark before the token, which the detail names',
    outcome: 'malformed_token',
    async send(server) {
      const { token } = server.mint({ faults: ['byte-order-mark'] });
      expect((await refusalOf(server, token))?.detail.received).toBe('U+FEFF in the header');
      return judge(server, token);
    },
  },
  ...['signature-padded', 'unused-bits'].map(respelled),
];

/** The same signed bytes in another spelling, after the token itself was accepted. */
function respelled(fault: string): BadInput {
  return {
    rows: [46],
    what: `${fault} after a success: no new member and no replay`,
    outcome: 'malformed_token',
    send: () => sendAfterSuccess(fault),
  };
}

async function sendAfterSuccess(fault: string): Promise<Verdict> {
  await using server = await testServer();
  const options = { jti: 'jti_1', sid: 'session_1' };
  server.setClock(Date.now()); // one instant, so that both tokens carry the same claims
  const good = server.mint(options).token;
  const odd = server.mint({ ...options, faults: [fault] }).token;
  expect(odd.split('.').map((part) => Buffer.from(part, 'base64url'))).toEqual(
    good.split('.').map((part) => Buffer.from(part, 'base64url')),
  );
  expect((await server.post(good)).status).toBe(200);
  const stored = storedRows(server);
  expect(stored).toMatchObject({ workspace_members: 1, callback_records: 1 });
  const answer = await server.post(odd);
  expect(answer.bytes.toString()).not.toContain('secret');
  expect(storedRows(server)).toEqual(stored);
  return verdictOf(answer);
}

/** Tokens that are not three canonical base64url parts. They are refused before their content is read. */
import { Buffer } from 'node:buffer';
import { createCipheriv, createHash } from 'node:crypto';
import { encode, insert, inserted, set } from './edits.ts';
import { refused } from './expected-verdict.ts';
import { type Fault, type FaultContext, fault, type TokenParts } from './fault.ts';

const malformed = refused('malformed_token');

export const ENCODING_FAULTS: readonly Fault[] = [
  fault('leading-tab', [7], 'a tab before the token', malformed, { token: (t) => `\t${t}` }),
  fault('two-tokens', [9], 'two credentials in one header, as a proxy joins them', malformed, {
    token: (t) => `${t}, Bearer ${t}`,
  }),
  fault('latin-1-character', [15], 'an é after the token', malformed, { token: (t) => `${t}\u00e9` }),
  fault('token-too-large', [17], 'more than 8192 characters', refused('token_too_large'), {
    claims: set({ padding: 'x'.repeat(7000) }),
  }),
  fault('literal-null', [19], 'the word null', malformed, { token: () => 'null' }),
  fault('literal-undefined', [19], 'the word undefined', malformed, { token: () => 'undefined' }),
  fault('bearer-twice', [19], 'the words Bearer null', malformed, { token: () => 'Bearer null' }),
  fault('empty', [21], 'an empty string', malformed, { token: () => '' }),
  fault('one-part', [22], 'one part', malformed, { token: () => 'abc' }),
  fault('two-parts', [23], 'no signature and no dot before it', malformed, {
    token: (t) => t.slice(0, t.lastIndexOf('.')),
  }),
  fault('signature-empty', [24], 'an empty signature', malformed, { parts: (p) => ({ ...p, signature: '' }) }),
  fault('header-empty', [25], 'an empty header', malformed, { parts: (p) => ({ ...p, header: '' }) }),
  fault('payload-empty', [26], 'an empty payload', malformed, { parts: (p) => ({ ...p, payload: '' }) }),
  fault('payload-empty-signed', [26], 'an empty payload, signed', malformed, {
    signedParts: (p) => ({ ...p, payload: '' }),
  }),
  fault('four-parts', [27], 'a fourth part', malformed, { token: (t) => `${t}.${t.slice(t.lastIndexOf('.') + 1)}` }),
  fault('trailing-dot', [27], 'a dot at the end', malformed, { token: (t) => `${t}.` }),
  fault('leading-dot', [27], 'a dot at the beginning', malformed, { token: (t) => `.${t}` }),
  fault('five-parts', [28], 'five parts, the shape of a JWE', refused('encrypted_token'), {
    parts: (p) => ({ ...p, signature: `${p.signature}.${p.payload}.${p.signature}` }),
  }),
  fault('encrypted', [28], 'the token inside a JWE whose key is made of the public key', refused('encrypted_token'), {
    token: encrypted,
  }),
  fault('json-flattened', [29], 'the flattened JSON serialization', malformed, {
    token: (t) => json(t, ({ header, payload, signature }) => ({ payload, protected: header, signature })),
  }),
  fault('json-general', [29], 'the general JSON serialization', malformed, {
    token: (t) =>
      json(t, ({ header, payload, signature }) => ({ payload, signatures: [{ protected: header, signature }] })),
  }),
  fault('json-around', [29], 'a compact token inside JSON', malformed, {
    token: (t) => JSON.stringify({ access_token: t }),
  }),
  fault('signature-space', [30], 'a space in the signature', malformed, { parts: inserted('signature', ' ') }),
  fault('signature-tab', [31], 'a tab in the signature', malformed, { parts: inserted('signature', '\t') }),
  fault('signature-newline', [32], 'a line break in the signature', malformed, { parts: inserted('signature', '\n') }),
  fault('trailing-space', [33], 'a space at the end', malformed, { token: (t) => `${t} ` }),
  fault('trailing-crlf', [33], 'a line break at the end', malformed, { token: (t) => `${t}\r\n` }),
  fault('payload-space', [34], 'a space in the payload, signed that way', malformed, {
    signedParts: (p) => ({ ...p, payload: insert(p.payload, ' ') }),
  }),
  fault('header-space', [35], 'a space in the header, signed that way', malformed, {
    signedParts: (p) => ({ ...p, header: insert(p.header, ' ') }),
  }),
  fault('payload-padded', [36], 'a payload with = at its end', malformed, {
    parts: (p) => ({ ...p, payload: `${p.payload}=` }),
  }),
  fault('signature-padded', [37], 'a signature with == at its end', malformed, {
    parts: (p) => ({ ...p, signature: `${p.signature}==` }),
  }),
  fault('header-padded', [38], 'a header with = at its end, signed that way', malformed, {
    signedParts: (p) => ({ ...p, header: `${p.header}=` }),
  }),
  fault('base64-standard', [39], 'a signature in the standard alphabet, with + and /', malformed, {
    parts: (p) => ({ ...p, signature: standardAlphabet(p.signature) }),
  }),
  fault('unused-bits', [40], 'unused bits set at the end of the signature: other characters, same bytes', malformed, {
    parts: (p) => ({ ...p, signature: respelled(p.signature) }),
  }),
  fault('payload-non-ascii', [41], 'a character outside ASCII in the payload', malformed, {
    parts: inserted('payload', '\u2713'),
  }),
  fault('payload-brace', [42], 'a { in the payload', malformed, { parts: inserted('payload', '{') }),
  fault('payload-quote', [42], 'a " in the payload', malformed, { parts: inserted('payload', '"') }),
  fault('signature-question-mark', [42], 'a ? in the signature', malformed, { parts: inserted('signature', '?') }),
  fault('signature-hash', [42], 'a # in the signature', malformed, { parts: inserted('signature', '#') }),
  fault('url-encoded', [43], 'dots written as %2E', malformed, { token: (t) => t.replaceAll('.', '%2E') }),
  fault('nul', [44], 'a NUL in the payload', malformed, { parts: inserted('payload', '\0') }),
  fault('homoglyph-dot', [44], 'a character that looks like a dot (U+2024)', malformed, {
    token: (t) => t.replace('.', '\u2024'),
  }),
  fault('byte-order-mark', [45], 'a byte order mark before the token', malformed, { token: (t) => `\ufeff${t}` }),
];

function json(token: string, shape: (parts: TokenParts) => object): string {
  const [header = '', payload = '', signature = ''] = token.split('.');
  return JSON.stringify(shape({ header, payload, signature }));
}

function standardAlphabet(part: string): string {
  const standard = part.replaceAll('-', '+').replaceAll('_', '/');
  return standard === part ? `+${part.slice(1)}` : standard;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Other characters that a lenient decoder turns into the same bytes (RFC 4648 section 3.5). */
function respelled(part: string): string {
  if (part.length % 4 === 0) return `${part}A`; // no unused bits, but six more bits do not make a byte
  return part.slice(0, -1) + (ALPHABET[ALPHABET.indexOf(part.at(-1) ?? 'A') ^ 1] ?? 'A');
}

/**
 * A JWE that anyone with the public key can make (CVE-2023-51774), so decrypting it proves nothing.
 * It uses `dir` with A256GCM (RFC 7516, RFC 7518 section 4.5); the fixed nonce makes it the same in every run.
 */
function encrypted(token: string, { key }: FaultContext): string {
  const header = encode(JSON.stringify({ alg: 'dir', enc: 'A256GCM', cty: 'JWT' }));
  const nonce = Buffer.alloc(12, 1);
  const cipher = createCipheriv('aes-256-gcm', createHash('sha256').update(key.jwk.n).digest(), nonce);
  cipher.setAAD(Buffer.from(header));
  const text = Buffer.concat([cipher.update(token), cipher.final()]);
  return [header, '', encode(nonce), encode(text), encode(cipher.getAuthTag())].join('.');
}

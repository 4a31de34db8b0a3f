/** Signatures that are nearly valid. */
import { Buffer } from 'node:buffer';
import { decode, encode, prepended } from './edits.ts';
import { refused } from './expected-verdict.ts';
import { type Changes, type Fault, fault } from './fault.ts';
import { forge } from './padding.ts';
import { paddingNamed } from './paddings.ts';
import { foreignSignature } from './signing.ts';

const bad = refused('bad_signature');

export const SIGNATURE_FAULTS: readonly Fault[] = [
  fault('signature-bit', [109], 'one bit of the signature flipped', bad, { signature: flipBit }),
  // Whole bytes are removed: without the last four characters, unused bits would be set, which is a fault of encoding.
  fault('signature-cut', [109], 'the last three bytes of the signature cut off', bad, {
    signature: (s) => s.subarray(0, -3),
  }),
  fault('signature-zero-after', [110], 'a zero byte after the signature', bad, {
    signature: (s) => Buffer.concat([s, Buffer.alloc(1)]),
  }),
  fault('signature-zero-before', [110], 'a zero byte before the signature', bad, {
    signature: (s) => Buffer.concat([Buffer.alloc(1), s]),
  }),
  fault('signature-zero', [111], 'a signature of zeros', bad, { signature: (s) => Buffer.alloc(s.length) }),
  fault('payload-modified', [112], 'a claim added after signing', bad, {
    parts: (p) => ({ ...p, payload: modified(p.payload, '"role":"admin"') }),
  }),
  fault('header-modified', [112], 'a header member added after signing', bad, {
    parts: (p) => ({ ...p, header: modified(p.header, '"x":1') }),
  }),
  fault('signature-other-key', [113], 'signed by another key under the same kid', bad, { sign: foreignSignature }),

  fault('padding-short', [114], 'PKCS#1 padding of eight bytes, rubbish after the digest', bad, forged('short-8')),
  fault('padding-no-null', [114], 'a digest algorithm without its NULL', bad, forged('parameters-absent')),
  fault('padding-sha1-name', [114], 'a SHA-256 digest called SHA-1', bad, forged('named-sha1')),
  fault('padding-long-length', [114], 'a length in more bytes than it needs', bad, forged('length-long-sequence')),
  fault('padding-block-type', [114], 'PKCS#1 block type 2', bad, forged('block-type-2')),
  fault('padding-bare-digest', [114], 'a digest without the name of its algorithm', bad, forged('digest-bare')),
];

function flipBit(signature: Buffer): Buffer {
  const changed = Buffer.from(signature);
  const middle = changed.length >> 1;
  changed[middle] = (changed[middle] ?? 0) ^ 1;
  return changed;
}

function modified(part: string, member: string): string {
  return encode(prepended(member)(decode(part)));
}

function forged(name: string): Changes {
  const padding = paddingNamed(name);
  return { sign: (input, { key }) => forge(padding, input, key.privateKey) };
}

/** Every wrong PKCS#1 v1.5 encoding, by its error. */
import { Buffer } from 'node:buffer';
import { createHash, type KeyObject } from 'node:crypto';
import {
  algorithm,
  block,
  changedByte,
  content,
  der,
  digestInfo,
  forge,
  indefinite,
  lengthInTwoBytes,
  NULL,
  octets,
  type Padding,
  SHA256,
  sequence,
  short,
} from './padding.ts';

export interface PaddingForgery {
  readonly name: string;
  readonly signature: Buffer;
}

/** Every forgery of one signing input. */
export function paddingForgeries(input: Buffer, key: KeyObject): readonly PaddingForgery[] {
  return PADDINGS.map((padding) => ({ name: padding.name, signature: forge(padding, input, key) }));
}

export function paddingNamed(name: string): Padding {
  const padding = PADDINGS.find((candidate) => candidate.name === name);
  if (!padding) throw new TypeError(`no padding is called ${name}`);
  return padding;
}

/** Object identifiers of other hash algorithms, encoded; a changed byte already gives SHA-512. */
const OTHER_HASHES = {
  sha1: [0x2b, 0x0e, 0x03, 0x02, 0x1a],
  sha224: [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x04],
  sha384: [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02],
  'sha512-256': [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x06],
  'sha3-256': [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x08],
  md5: [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x05],
};

function range<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

const PREFIX_LENGTH = 19; // the bytes of a SHA-256 DigestInfo before the digest
const CONTENT_LENGTH = PREFIX_LENGTH + 32;

const CHANGED_BYTES: Padding[] = [
  ...range(PREFIX_LENGTH, (i) => changedByte(`prefix-${i}-low-bit`, i - CONTENT_LENGTH, (byte) => byte ^ 0x01)),
  ...range(PREFIX_LENGTH, (i) => changedByte(`prefix-${i}-high-bit`, i - CONTENT_LENGTH, (byte) => byte ^ 0x80)),
  ...range(PREFIX_LENGTH, (i) => changedByte(`prefix-${i}-plus-two`, i - CONTENT_LENGTH, (byte) => byte + 2)),
  ...range(32, (i) => changedByte(`digest-${i}-low-bit`, i - 32, (byte) => byte ^ 0x01)),
  ...range(24, (i) => changedByte(`filling-${i}-zero`, 2 + i * 8, () => 0x00)),
  ...range(24, (i) => changedByte(`filling-${i}-fe`, 2 + i * 8, () => 0xfe)),
];

const WRONG_BLOCKS: Padding[] = [
  ...[0, 2, 3, 4, 0x7f, 0x80, 0xfe].map((type) => changedByte(`block-type-${type}`, 1, () => type)),
  changedByte('leading-byte-1', 0, () => 0x01),
  changedByte('separator-1', -CONTENT_LENGTH - 1, () => 0x01),
  changedByte('separator-ff', -CONTENT_LENGTH - 1, () => 0xff),
  { name: 'separator-twice', encode: (d, size) => block(digestInfo(d), size, { separator: [0x00, 0x00] }) },
  { name: 'filling-all-zero', encode: (d, size) => block(digestInfo(d), size, { fill: 0x00 }) },
  { name: 'filling-all-fe', encode: (d, size) => block(digestInfo(d), size, { fill: 0xfe }) },
  ...[0, 1, 2, 4, 7, 8, 9, 16, 32, 64, 128, 150, 200, 201].map(short),
];

const WRONG_CONTENTS: Padding[] = [
  ...Object.entries(OTHER_HASHES).map(([name, oid]) =>
    content(`named-${name}`, (d) => sequence(algorithm(oid), octets(d))),
  ),
  content('parameters-absent', (d) => sequence(algorithm(SHA256, []), octets(d))),
  content('parameters-null-twice', (d) => sequence(algorithm(SHA256, [...NULL, ...NULL]), octets(d))),
  content('parameters-sequence', (d) => sequence(algorithm(SHA256, [0x30, 0x00]), octets(d))),
  content('parameters-octets', (d) => sequence(algorithm(SHA256, [0x04, 0x02, 0x5a, 0x5a]), octets(d))),
  content('parameters-null-with-content', (d) => sequence(algorithm(SHA256, [0x05, 0x01, 0x00]), octets(d))),
  content('parameters-null-long-length', (d) => sequence(algorithm(SHA256, [0x05, 0x81, 0x00]), octets(d))),
  content('identifier-longer', (d) => sequence(algorithm([...SHA256, 0x01]), octets(d))),
  content('identifier-shorter', (d) => sequence(algorithm(SHA256.slice(0, -1)), octets(d))),
  content('identifier-padded', (d) => sequence(algorithm([...SHA256.slice(0, -1), 0x80, 0x01]), octets(d))),
  content('identifier-empty', (d) => sequence(algorithm([]), octets(d))),
  content('algorithm-absent', (d) => sequence(octets(d))),
  content('algorithm-twice', (d) => sequence(algorithm(), algorithm(), octets(d))),
  content('digest-bare', (d) => d),
  content('digest-octets-only', (d) => octets(d)),
  content('digest-absent', () => sequence(algorithm())),
  content('digest-empty', () => sequence(algorithm(), octets(Buffer.alloc(0)))),
  content('digest-first', (d) => sequence(octets(d), algorithm())),
  content('digest-twice', (d) => sequence(algorithm(), octets(d), octets(d))),
  content('digest-truncated', (d) => sequence(algorithm(), octets(d.subarray(0, 31)))),
  content('digest-half', (d) => sequence(algorithm(), octets(d.subarray(0, 16)))),
  content('digest-zero-after', (d) => sequence(algorithm(), octets(Buffer.concat([d, Buffer.alloc(1)])))),
  content('digest-zero-before', (d) => sequence(algorithm(), octets(Buffer.concat([Buffer.alloc(1), d])))),
  content('digest-reversed', (d) => sequence(algorithm(), octets(Buffer.from(d).reverse()))),
  content('digest-complemented', (d) => sequence(algorithm(), octets(Buffer.from(d.map((byte) => ~byte))))),
  content('digest-of-digest', (d) => digestInfo(createHash('sha256').update(d).digest())),
  content('digest-hexadecimal', (d) => sequence(algorithm(), octets(Buffer.from(d.toString('hex'))))),
  content('digest-bit-string', (d) => sequence(algorithm(), der(0x03, [0x00], d))),
  content('digest-constructed', (d) => sequence(algorithm(), der(0x24, octets(d)))),
  content('wrapped-in-sequence', (d) => sequence(digestInfo(d))),
  content('rubbish-inside', (d) => sequence(algorithm(), octets(d), NULL)),
  content('rubbish-zero-after', (d) => Buffer.concat([digestInfo(d), Buffer.alloc(1)])),
  content('rubbish-null-after', (d) => Buffer.concat([digestInfo(d), Buffer.from(NULL)])),
  content('rubbish-after', (d) => Buffer.concat([digestInfo(d), Buffer.alloc(16, 0x5a)])),
  content('length-long-sequence', (d) => lengthInTwoBytes(digestInfo(d))),
  content('length-long-algorithm', (d) => sequence(lengthInTwoBytes(algorithm()), octets(d))),
  content('length-long-identifier', (d) => sequence(sequence(lengthInTwoBytes(der(0x06, SHA256)), NULL), octets(d))),
  content('length-long-digest', (d) => sequence(algorithm(), lengthInTwoBytes(octets(d)))),
  content('length-indefinite-sequence', (d) => indefinite(algorithm(), octets(d))),
  content('length-indefinite-algorithm', (d) => sequence(indefinite(der(0x06, SHA256), Buffer.from(NULL)), octets(d))),
];

const PADDINGS: readonly Padding[] = [...CHANGED_BYTES, ...WRONG_BLOCKS, ...WRONG_CONTENTS];

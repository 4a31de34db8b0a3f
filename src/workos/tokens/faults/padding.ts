/**
 * Signatures of the right key over a wrong PKCS#1 v1.5 encoding (RFC 8017 section 9.2). A verifier that parses the padding
 * instead of comparing it accepts them. With such a verifier and a small exponent, an attacker can sign without the key.
 */
import { Buffer } from 'node:buffer';
import { constants, createHash, type KeyObject, privateEncrypt } from 'node:crypto';

export interface Padding {
  readonly name: string;
  /** An encoded message of `size` bytes. */
  readonly encode: (digest: Buffer, size: number) => Buffer;
}

/** The private key applied to a wrong encoding of the input. `key` is RSA of 2048 bits or more. */
export function forge(padding: Padding, input: Buffer, key: KeyObject): Buffer {
  const size = (key.asymmetricKeyDetails?.modulusLength ?? 2048) >> 3;
  const message = padding.encode(createHash('sha256').update(input).digest(), size);
  return privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, message);
}

export const NULL = [0x05, 0x00];
/** The object identifier of SHA-256, 2.16.840.1.101.3.4.2.1, encoded. */
export const SHA256 = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];

/** DER with one length byte, because all values here are short. */
export function der(tag: number, ...content: readonly (Buffer | readonly number[])[]): Buffer {
  const bytes = Buffer.concat(content.map((part) => Buffer.from(part)));
  return Buffer.concat([Buffer.from([tag, bytes.length]), bytes]);
}

export const sequence = (...content: (Buffer | readonly number[])[]): Buffer => der(0x30, ...content);
export const octets = (content: Buffer): Buffer => der(0x04, content);
export const algorithm = (oid: readonly number[] = SHA256, parameters: readonly number[] = NULL): Buffer =>
  sequence(der(0x06, oid), parameters);
export const digestInfo = (digest: Buffer): Buffer => sequence(algorithm(), octets(digest));

/** 00 01 FF … FF 00 and the content at the end. */
export function block(
  content: Buffer,
  size: number,
  { head = [0x00, 0x01], fill = 0xff, separator = [0x00] } = {},
): Buffer {
  const filling = Buffer.alloc(size - head.length - separator.length - content.length, fill);
  return Buffer.concat([Buffer.from(head), filling, Buffer.from(separator), content]);
}

/** The right padding around wrong content. */
export function content(name: string, make: (digest: Buffer) => Buffer): Padding {
  return { name, encode: (digest, size) => block(make(digest), size) };
}

/** The right encoding with one byte changed; `offset` counts from the end when negative. */
export function changedByte(name: string, offset: number, change: (byte: number) => number): Padding {
  return {
    name,
    encode: (digest, size) => {
      const message = block(digestInfo(digest), size);
      const index = offset < 0 ? size + offset : offset;
      message[index] = change(message[index] ?? 0) & 0xff;
      return message;
    },
  };
}

/** A short run of FF, the content, and arbitrary bytes after it: Bleichenbacher's forgery of 2006 (CVE-2006-4339). */
export function short(length: number): Padding {
  return {
    name: `short-${length}`,
    encode: (digest, size) => {
      const front = block(digestInfo(digest), 3 + length + digestInfo(digest).length);
      return Buffer.concat([front, Buffer.alloc(size - front.length, 0x5a)]);
    },
  };
}

/** BER allows 0x81 before a length below 128; DER, and so PKCS#1, does not (X.690 section 10.1). */
export function lengthInTwoBytes(value: Buffer): Buffer {
  return Buffer.concat([value.subarray(0, 1), Buffer.from([0x81]), value.subarray(1)]);
}

/** A sequence that ends at two zero bytes (X.690 section 8.1.3.6): BER, not DER. */
export function indefinite(...parts: Buffer[]): Buffer {
  return Buffer.concat([Buffer.from([0x30, 0x80]), ...parts, Buffer.from([0x00, 0x00])]);
}

/** Bad tokens made from a valid one, and valid ones with another header. */
import { type KeyObject, sign } from 'node:crypto';

/** @returns a description and the token for each */
export function tampered(token: string): readonly (readonly [what: string, token: string])[] {
  const [header = '', payload = '', signature = ''] = token.split('.');
  return [
    ['a changed signature', `${header}.${payload}.${changed(signature)}`],
    ['no signature', `${header}.${payload}.`],
    ['alg none', `${encode({ ...decode(header), alg: 'none' })}.${payload}.`],
    ['a header with more in it', `${encode({ ...decode(header), typ: 'JWT', more: true })}.${payload}.${signature}`],
    ['a claim more', `${header}.${encode({ ...decode(payload), more: true })}.${signature}`],
    [
      'another subject',
      `${header}.${encode({ ...decode(payload), sub: 'user_00000000000000000000000000' })}.${signature}`,
    ],
    ['an expiry that was moved', `${header}.${encode({ ...decode(payload), exp: 253_402_300_799 })}.${signature}`],
  ];
}

/** The same claims under another header, signed by that key. */
export function withHeader(token: string, more: object, key: KeyObject): string {
  const [header = '', payload = ''] = token.split('.');
  const input = `${encode({ ...decode(header), ...more })}.${payload}`;
  return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`;
}

function changed(signature: string): string {
  const first = signature.startsWith('A') ? 'B' : 'A';
  return `${first}${signature.slice(1)}`;
}

function encode(members: object): string {
  return Buffer.from(JSON.stringify(members)).toString('base64url');
}

function decode(part: string): object {
  return JSON.parse(Buffer.from(part, 'base64url').toString());
}

/** Bad tokens made of a good one, where no key is at hand to sign others. */

/** @returns what each is, and the token */
export function tampered(token: string): readonly (readonly [what: string, token: string])[] {
  const [header = '', payload = '', signature = ''] = token.split('.');
  return [
    ['a changed signature', `${header}.${payload}.${changed(signature)}`],
    ['no signature', `${header}.${payload}.`],
    ['alg none', `${encode({ ...decode(header), alg: 'none' })}.${payload}.`],
    [
      'another subject',
      `${header}.${encode({ ...decode(payload), sub: 'user_00000000000000000000000000' })}.${signature}`,
    ],
    ['an expiry that was moved', `${header}.${encode({ ...decode(payload), exp: 253_402_300_799 })}.${signature}`],
  ];
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

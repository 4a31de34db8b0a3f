/** Changes to the text of a token, as attackers, proxies and copying by hand make them. */
import fc from 'fast-check';

/** A change of one token; `others` are tokens to take parts from. */
export type Mutation = (token: string, others: readonly string[]) => string;

const PARTS = [0, 1, 2] as const;
const part = fc.constantFrom(...PARTS);
/** Of whatever length the text has: the place is taken modulo that. */
const place = fc.nat({ max: 9999 });
const pieces = fc.oneof(
  fc.constantFrom(
    '',
    '.',
    '..',
    '=',
    '==',
    '+',
    '/',
    '-',
    '_',
    'A',
    'a',
    ' ',
    '\t',
    '\n',
    '\0',
    '\u00a0',
    '\ufeff',
    '%2e',
    ',',
  ),
  fc.string({ unit: 'binary', maxLength: 4 }),
);

const ofText = fc.tuple(place, fc.nat({ max: 5 }), pieces).map<Mutation>(([at, length, text]) => (token) => {
  const from = at % (token.length + 1);
  return token.slice(0, from) + text + token.slice(from + length);
});

/** The next character of the alphabet: often bits that carry nothing, or the smallest change of a number. */
const ofCharacter = fc.tuple(place, fc.integer({ min: 1, max: 63 })).map<Mutation>(([at, by]) => (token) => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const from = at % token.length;
  const value = alphabet.indexOf(token.charAt(from));
  const next = value < 0 ? 'A' : alphabet.charAt((value + by) % alphabet.length);
  return token.slice(0, from) + next + token.slice(from + 1);
});

const ofParts = fc.oneof(
  fc.tuple(part, place).map<Mutation>(
    ([index, other]) =>
      (token, others) =>
        withPart(token, index, () => others[other % others.length]?.split('.')[index] ?? ''),
  ),
  fc.tuple(part, part).map<Mutation>(
    ([from, to]) =>
      (token) =>
        withPart(token, to, () => token.split('.')[from] ?? ''),
  ),
  part.map<Mutation>((index) => (token) => token.split('.').toSpliced(index, 1).join('.')),
  part.map<Mutation>(
    (index) => (token) =>
      token
        .split('.')
        .toSpliced(index, 0, token.split('.')[index] ?? '')
        .join('.'),
  ),
  fc.constant<Mutation>((token) => token.split('.').reverse().join('.')),
  fc.constant<Mutation>((token) => `${token}.${token}`),
);

const ENCODINGS: readonly ((text: string) => string)[] = [
  (text) => `${text}${'='.repeat((4 - (text.length % 4)) % 4)}`,
  (text) => text.replaceAll('-', '+').replaceAll('_', '/'),
  (text) => Buffer.from(text, 'base64url').toString('hex'),
  (text) => Buffer.from(text).toString('base64url'),
  (text) => text.replace(/(.{64})/g, '$1\r\n'),
  (text) => text.toLowerCase(),
  (text) => `"${text}"`,
  (text) => ` ${text} `,
  (text) => [...text].map((character) => `%${character.charCodeAt(0).toString(16)}`).join(''),
];
const ofEncoding = fc.tuple(part, fc.constantFrom(...ENCODINGS)).map<Mutation>(
  ([index, encode]) =>
    (token) =>
      withPart(token, index, encode),
);

const ofBytes = fc.tuple(part, place, fc.nat({ max: 3 }), fc.uint8Array({ maxLength: 3 })).map<Mutation>(
  ([index, at, length, bytes]) =>
    (token) =>
      withPart(token, index, (text) => {
        const decoded = Buffer.from(text, 'base64url');
        const from = at % (decoded.length + 1);
        return Buffer.concat([decoded.subarray(0, from), bytes, decoded.subarray(from + length)]).toString('base64url');
      }),
);

/** Without a new signature: what is changed here must never be believed. */
const ofMembers = fc
  .tuple(
    fc.constantFrom(0 as const, 1 as const),
    fc.constantFrom(
      'alg',
      'kid',
      'typ',
      'crit',
      'jwk',
      'iss',
      'sub',
      'sid',
      'jti',
      'exp',
      'nbf',
      'iat',
      'client_id',
      '__proto__',
    ),
    fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom('RS256', 'none', 'HS256', 'user_2', null, 0, 9_999_999_999),
    ),
    fc.boolean(),
  )
  .map<Mutation>(
    ([index, name, value, twice]) =>
      (token) =>
        withPart(token, index, (text) => {
          const json = Buffer.from(text, 'base64url').toString();
          const member = `${JSON.stringify(name)}:${JSON.stringify(value)}`;
          const others = twice ? json.slice(1) : json.slice(1).replace(new RegExp(`"${name}":("[^"]*"|[^,}]*),?`), '');
          return Buffer.from(`{${member}${others.startsWith('}') ? '' : ','}${others}`).toString('base64url');
        }),
  );

export const mutations: fc.Arbitrary<readonly Mutation[]> = fc.array(
  fc.oneof(
    { arbitrary: ofText, weight: 3 },
    { arbitrary: ofCharacter, weight: 2 },
    { arbitrary: ofParts, weight: 2 },
    { arbitrary: ofEncoding, weight: 1 },
    { arbitrary: ofBytes, weight: 2 },
    { arbitrary: ofMembers, weight: 2 },
  ),
  { minLength: 1, maxLength: 3 },
);

function withPart(token: string, index: number, change: (part: string) => string): string {
  return token
    .split('.')
    .map((text, at) => (at === index ? change(text) : text))
    .join('.');
}

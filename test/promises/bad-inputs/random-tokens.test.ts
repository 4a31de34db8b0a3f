import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runs } from '../../support/property-runs.ts';
import { type TestServer, testServer } from '../../support/server.ts';
import { judge, refusalOf } from './bad-input.ts';
import { forged, withMember } from './forged.ts';

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server[Symbol.asyncDispose]());

/** Values as JSON text, so that they may be what JSON.stringify never writes. */
const values = fc.oneof(
  fc.constantFrom(
    ...['null', 'true', '""', '" "', '"\\u0000"', '"\\ud800"', '"\\u200b"', '"."', '"../x"', '[]', '{}', '[null]'],
    ...[
      '-0',
      '0',
      '1e-400',
      '1e400',
      '-1e400',
      '1.5',
      '1e308',
      '9007199254740993',
      '253402300799',
      '4102444800.123456789',
    ],
    ...['"__proto__"', '{"__proto__":null}', '"toString"', '["RS256"]', '"RS256 "', '"\\u212a"', '"none"'],
  ),
  fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.stringify(value)),
  fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
);

const CLAIMS = [
  'iss',
  'sub',
  'sid',
  'jti',
  'client_id',
  'azp',
  'aud',
  'exp',
  'nbf',
  'iat',
  'email',
  '__proto__',
  'toString',
];
const HEADERS = [
  'alg',
  'kid',
  'typ',
  'cty',
  'crit',
  'b64',
  'zip',
  'enc',
  'jwk',
  'jku',
  'x5c',
  '__proto__',
  'constructor',
];

function edits(names: readonly string[]): fc.Arbitrary<(json: string) => string> {
  return fc
    .uniqueArray(fc.tuple(fc.constantFrom(...names), values), {
      minLength: 1,
      maxLength: 3,
      selector: ([name]) => name,
    })
    .map((members) => (json: string) => members.reduce((text, [name, value]) => withMember(name, value)(text), json));
}

test('answers any claims of a signed token with 200 or 401 and a reason', async () => {
  const answered = new Set<string>();
  await fc.assert(
    fc.asyncProperty(edits(CLAIMS), async (payload) => {
      const { status, reason } = await judge(server, forged(server, { payload }));
      expect(status).toBe(reason === undefined ? 200 : 401);
      answered.add(reason ?? 'accepted');
    }),
    runs(1000),
  );
  expect(server.bugs).toEqual([]);
  expect(answered).toContain('accepted');
  expect(answered.size).toBeGreaterThan(5);
});

test('answers any header of a signed token with 200 or 401 and a reason', async () => {
  const answered = new Set<string>();
  await fc.assert(
    fc.asyncProperty(edits(HEADERS), async (header) => {
      const { status, reason } = await judge(server, forged(server, { header }));
      expect(status).toBe(reason === undefined ? 200 : 401);
      answered.add(reason ?? 'accepted');
    }),
    runs(500),
  );
  expect(server.bugs).toEqual([]);
  expect(answered).toContain('accepted');
  expect(answered.size).toBeGreaterThan(5);
});

test('rejects a valid token with a character changed, added or removed', async () => {
  const { token } = server.mint();
  const places = fc.nat({ max: token.length - 1 });
  const characters = fc.oneof(
    fc.constantFrom(...'AZaz09-_.=+/ \t\u00a0'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  );
  await fc.assert(
    fc.asyncProperty(places, fc.nat({ max: 2 }), fc.oneof(characters, fc.constant('')), async (place, length, text) => {
      const changed = token.slice(0, place) + text + token.slice(place + length);
      fc.pre(changed.replace(/^ +/, '') !== token); // RFC 6750 section 2.1 has one space or more before it
      expect(await refusalOf(server, changed)).toBeDefined();
    }),
    runs(2000),
  );
});

test('rejects any text', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 300 }), async (text) => {
      expect(await refusalOf(server, text)).toBeDefined();
    }),
    runs(1000),
  );
});

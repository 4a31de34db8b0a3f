import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ApiError } from '../../../src/errors/api-error.ts';
import { HTTP_STATUS } from '../../../src/errors/codes.ts';
import { REASONS } from '../../../src/errors/reasons.ts';
import { bearerCredential } from '../../../src/server/http/credentials.ts';
import { runs } from '../../support/property-runs.ts';
import { rawRequest } from '../../support/raw-socket.ts';
import { type TestServer, testServer } from '../../support/server.ts';

let server: TestServer;
let secret: string;
let token: string;
beforeAll(async () => {
  server = await testServer();
  token = server.mint().token;
  const answer = await server.post(token);
  secret = answer.body.default_api_key.secret;
});
afterAll(() => server[Symbol.asyncDispose]());

const scheme = fc.constantFrom(
  'Bearer',
  'bearer',
  'BEARER',
  'bEaReR',
  'Basic',
  'Bearer:',
  'Bearerr',
  'DPoP',
  '',
  '"Bearer"',
);
const space = fc.constantFrom('', ' ', '  ', '\t', ' \t', '\u00a0', ',', '=');
const rest = fc.oneof(
  fc.constantFrom('', 'a.b.c', 'a b', ', Bearer x', 'token="x"'),
  fc.string({ unit: 'binary', maxLength: 20 }),
);
const line = fc.tuple(scheme, space, rest, space).map((parts) => parts.join(''));

test('reads the only credential of an Authorization header, or none', () => {
  fc.assert(
    fc.property(fc.array(line, { maxLength: 3 }), (lines) => {
      const [first = ''] = lines;
      try {
        const credential = bearerCredential(lines);
        expect(lines).toHaveLength(1);
        expect(first.slice(0, 6).toLowerCase()).toBe('bearer');
        expect([' ', '\t']).toContain(first.charAt(6));
        expect(credential).not.toBe('');
        expect(first.endsWith(credential)).toBe(true);
        expect(first.slice(6, first.length - credential.length).replaceAll(' ', '')).toBe('');
      } catch (error) {
        expect(error).toBeInstanceOf(ApiError);
        expect((error as ApiError).reason).toBe(lines.length > 1 ? 'multiple_credentials' : 'no_bearer');
      }
    }),
    runs(3000),
  );
});

/** A header value that HTTP lets through: visible characters, blanks, tabs, and bytes beyond ASCII. */
const value = fc.oneof(
  line.map((text) => text.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '?')),
  fc.string({ unit: fc.constantFrom(...'\t !"#,;=@\\~\x80\xa0\xe9\xff'), maxLength: 20 }),
);
const name = fc.constantFrom(
  'Authorization',
  'X-Request-Id',
  'Cookie',
  'Accept',
  'Content-Type',
  'Forwarded',
  'X-Forwarded-Host',
  'X-Forwarded-For',
  'X-HTTP-Method-Override',
  'Range',
  'If-None-Match',
  'Idempotency-Key',
  'X-Original-URL',
);

test('answers any headers as the contract says, without a server error', {
  timeout: 600_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(name, value), { maxLength: 5 }), fc.boolean(), async (headers, signedIn) => {
      const lines = headers.map(([name, value]) => `${name}: ${value}`);
      const answer = await rawRequest(server.running.port, {
        method: 'POST',
        target: '/v1/auth/web/callback',
        lines: signedIn ? [...lines, `Authorization: Bearer ${token}`] : lines,
      });
      const authorizations = headers.filter(([name]) => name === 'Authorization').length;
      if (signedIn && authorizations === 0) expect(answer.status).toBe(200);
      else {
        expect(answer.status).toBe(401);
        expect(REASONS).toHaveProperty(answer.body.error.reason);
      }
      const [asked, ...more] = headers.filter(([name]) => name === 'X-Request-Id').map(([, value]) => value.trim());
      const usable = asked !== undefined && more.length === 0 && /^[A-Za-z0-9_-]{8,128}$/.test(asked);
      const given = answer.headers.get('x-request-id') ?? '';
      if (usable) expect(given).toBe(asked);
      else expect(given).toMatch(/^req_[0-9A-HJKMNP-TV-Z]{26}$/);
    }),
    runs(300),
  );
  expect(server.bugs).toEqual([]);
});

test('keeps a valid request id, and replaces any other', { timeout: 600_000 }, async () => {
  const id = fc.oneof(
    fc.string({ unit: fc.constantFrom(...'AZaz09_-'), minLength: 1, maxLength: 140 }),
    fc.string({ unit: fc.constantFrom(...'AZ09_-. \t:/"{}\xe9'), minLength: 1, maxLength: 40 }),
  );
  await fc.assert(
    fc.asyncProperty(id, async (given) => {
      const { headers } = await rawRequest(server.running.port, { lines: [`X-Request-Id: ${given}`] });
      const answered = headers.get('x-request-id') ?? '';
      const seen = given.replaceAll(/^[ \t]+|[ \t]+$/g, '');
      expect(answered === seen).toBe(/^[A-Za-z0-9_-]{8,128}$/.test(seen));
      expect(answered).toMatch(/^[A-Za-z0-9_-]{8,128}$/);
    }),
    runs(300),
  );
});

test('accepts known cursors and limits of a list, and rejects all others', { timeout: 600_000 }, async () => {
  const encoded = fc
    .tuple(
      fc.oneof(fc.constantFrom('keys', 'events', 'artifacts'), fc.string({ maxLength: 5 })),
      fc.jsonValue({ maxDepth: 2 }),
    )
    .map((value) => Buffer.from(JSON.stringify(value)).toString('base64url'));
  const position = fc
    .oneof(fc.integer(), fc.maxSafeInteger(), fc.double())
    .map((number) => Buffer.from(JSON.stringify(['events', number])).toString('base64url'));
  const disguised = position.chain((cursor) =>
    fc.constantFrom(
      `${cursor}=`,
      ` ${cursor}`,
      `${cursor}\n`,
      `${cursor.slice(0, 4)}.${cursor.slice(4)}`,
      `${cursor}!`,
    ),
  );
  const cursor = fc.option(fc.oneof(position, encoded, disguised, fc.string({ unit: 'binary' })), { nil: undefined });
  const limit = fc.option(fc.oneof(fc.integer({ min: -2, max: 102 }).map(String), fc.string({ maxLength: 5 })), {
    nil: undefined,
  });
  const statuses = new Set<number>();
  await fc.assert(
    fc.asyncProperty(cursor, limit, async (cursor, limit) => {
      const query = new URLSearchParams({
        ...(cursor === undefined ? {} : { cursor: cursor.toWellFormed() }),
        ...(limit === undefined ? {} : { limit: limit.toWellFormed() }),
      });
      const { status, body } = await server.get(`/v1/web/audit?${query}`, token);
      statuses.add(status);
      const goodLimit = limit === undefined || (/^\d{1,3}$/.test(limit) && Number(limit) >= 1 && Number(limit) <= 100);
      const goodCursor = cursor === undefined || isEventCursor(cursor.toWellFormed());
      expect(status).toBe(goodLimit && goodCursor ? 200 : 400);
      if (status === 200) return;
      expect(Object.keys(HTTP_STATUS)).toContain(body.error.code);
      expect(body.error.code).toBe(goodLimit ? 'invalid_cursor' : 'invalid_request');
    }),
    runs(500),
  );
  expect([...statuses].sort()).toEqual([200, 400]);
  expect(secret).toMatch(/^ap_pk_/);
});

/** What the list itself writes: nothing else, in no other spelling. */
function isEventCursor(cursor: string): boolean {
  const text = Buffer.from(cursor, 'base64url').toString();
  const number = /^\["events",(-?\d+)\]$/.exec(text)?.[1];
  if (number === undefined || !Number.isSafeInteger(Number(number))) return false;
  return Buffer.from(JSON.stringify(['events', Number(number)])).toString('base64url') === cursor;
}

import { expect, test } from 'vitest';
import { attemptsPath } from '../../../src/store/sqlite/attempt-log.ts';
import { query } from '../../support/database.ts';
import { testServer } from '../../support/server.ts';

const CLAIMS = 'claimed_issuer, claimed_subject, claimed_session_id, claimed_token_id';
const COLUMNS = `status, outcome, reason, issuer, subject, session_id, token_id, idempotency_key, ${CLAIMS}`;
const ISSUER = 'https://api.workos.com';
const ADA = { sub: 'user_1', sid: 'session_1', jti: 'jti_1' };
const UNCLAIMED = {
  claimed_issuer: null,
  claimed_subject: null,
  claimed_session_id: null,
  claimed_token_id: null,
};
const ADAS = { subject: 'user_1', session_id: 'session_1', token_id: 'jti_1', ...UNCLAIMED };
const UNKNOWN = { issuer: null, subject: null, session_id: null, token_id: null, idempotency_key: null, ...UNCLAIMED };

/** The rows of the attempts that the requests left. */
async function attemptsOf(send: (server: Awaited<ReturnType<typeof testServer>>) => Promise<unknown>) {
  const server = await testServer();
  await send(server);
  const restarted = await server.restart(); // so that everything is written
  await using _ = restarted;
  return query(attemptsPath(server.paths.database), `SELECT ${COLUMNS} FROM callback_attempts ORDER BY id`);
}

test('notes whose callback was answered, and under which key', async () => {
  const rows = await attemptsOf(async (server) => {
    await server.post(server.mint(ADA).token);
    await server.post(server.mint(ADA).token);
    await server.post(server.mint({ ...ADA, jti: null }).token);
  });
  const accepted = { status: 200, reason: null, issuer: ISSUER, ...ADAS };
  expect(rows).toEqual([
    { ...accepted, outcome: 'provisioned', idempotency_key: 'workos-jti:jti_1' },
    { ...accepted, outcome: 'replayed', idempotency_key: 'workos-jti:jti_1' },
    { ...accepted, outcome: 'seen', token_id: null, idempotency_key: 'workos-session:session_1' },
  ]);
});

test('notes whose token was refused after its signature was found good, and no key', async () => {
  const rows = await attemptsOf(async (server) => {
    await server.post(server.mint({ ...ADA, faults: ['expired'] }).token);
    await server.post(server.mint({ ...ADA, issuer: 'https://other.example' }).token);
  });
  const refused = { status: 401, outcome: 'refused', ...ADAS, idempotency_key: null };
  expect(rows).toEqual([
    { ...refused, reason: 'expired', issuer: ISSUER },
    { ...refused, reason: 'issuer_mismatch', issuer: 'https://other.example' },
  ]);
});

test('notes key and user of a callback that fails after its token was accepted', async () => {
  const rows = await attemptsOf(async (server) => {
    const { token } = server.mint(ADA);
    server.users.remove('user_1');
    await server.post(token);
  });
  expect(rows).toEqual([
    {
      status: 401,
      outcome: 'refused',
      reason: 'user_fetch_failed',
      issuer: ISSUER,
      ...ADAS,
      idempotency_key: 'workos-jti:jti_1',
    },
  ]);
});

test('notes no user for no token, and leaves no row for a page of another origin', async () => {
  const rows = await attemptsOf(async (server) => {
    await server.post(undefined);
    await server.post('a.b.c');
    await server.post(server.mint(ADA).token, { origin: 'https://evil.example' });
  });
  expect(rows).toEqual([
    { status: 401, outcome: 'refused', reason: 'no_bearer', ...UNKNOWN },
    { status: 401, outcome: 'refused', reason: 'malformed_token', ...UNKNOWN },
  ]);
});

test.each([
  ['signature-bit', 'bad_signature'],
  ['kid-unknown', 'kid_unknown'],
  ['alg-none-title-case-signed', 'alg_not_allowed'],
  ['crit-alg', 'crit_not_supported'],
])('keeps what a token with the fault %s claims apart from what was verified', async (fault, reason) => {
  const rows = await attemptsOf((server) => server.post(server.mint({ ...ADA, faults: [fault] }).token));
  expect(rows).toEqual([
    {
      status: 401,
      outcome: 'refused',
      reason,
      ...UNKNOWN,
      claimed_issuer: ISSUER,
      claimed_subject: 'user_1',
      claimed_session_id: 'session_1',
      claimed_token_id: 'jti_1',
    },
  ]);
});

const TOKEN = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1c2VyXzEifQ.c2lnbmF0dXJl';

test.each([
  ['escape sequences', 'user_\u001b[31m', null],
  ['reversed text', 'user_\u202e1', null],
  ['a line end', 'user_1\nuser_2', null],
  ['256 characters', 'x'.repeat(256), null],
  ['255 characters', 'x'.repeat(255), `${'x'.repeat(200)}…`],
  ['a token', TOKEN, '<secret>'],
  ['a key of WorkOS', 'sk_live_abcdef', '<secret>'],
  ['a number', 7, null],
  ['a list', ['user_1'], null],
  ['a quote', `user_1'; DROP TABLE x; --`, `user_1'; DROP TABLE x; --`],
])('keeps a claim that has %s harmless', async (_, claim, kept) => {
  const claims = { sub: claim, sid: claim, jti: claim, iss: claim, secret: 'not kept' };
  const rows = await attemptsOf((server) => server.post(server.mint({ claims, faults: ['signature-bit'] }).token));
  expect(rows).toEqual([
    {
      status: 401,
      outcome: 'refused',
      reason: 'bad_signature',
      ...UNKNOWN,
      claimed_issuer: kept,
      claimed_subject: kept,
      claimed_session_id: kept,
      claimed_token_id: kept,
    },
  ]);
});

test('a flood of claims shares one row', async () => {
  const server = await testServer();
  const { token } = server.mint({ ...ADA, faults: ['signature-bit'] });
  for (let sent = 0; sent < 1100; sent += 50) await Promise.all(Array.from({ length: 50 }, () => server.post(token)));
  const restarted = await server.restart();
  await using _ = restarted;
  const path = attemptsPath(server.paths.database);
  expect(query(path, 'SELECT count(*) AS n FROM callback_attempts')).toEqual([{ n: 1001 }]);
  expect(query(path, 'SELECT claimed_subject, received FROM callback_attempts ORDER BY id DESC LIMIT 1')).toEqual([
    { claimed_subject: 'user_1', received: 'the last of 100 refused callbacks within a minute' },
  ]);
});

import { expect, test } from 'vitest';
import { counts, execute, NOTHING, ONE_SIGN_IN, observe, query, UNCHANGED } from '../support/database.ts';
import { type TestServer, testServer } from '../support/server.ts';

/** A real failure: SQLite itself refuses the statement, and no connection of the server knows of it. */
const refuse = (what: string): string =>
  `CREATE TRIGGER refuse_on_purpose BEFORE ${what} BEGIN SELECT RAISE(ABORT, 'refused on purpose'); END`;

async function failsThenProvisions(server: TestServer, what: string): Promise<void> {
  const { token } = server.mint();
  execute(server.paths.database, refuse(what));
  for (const attempt of [1, 2]) {
    const failed = await server.post(token);
    expect(failed.status).toBe(500);
    expect(failed.body.error).toMatchObject({ code: 'internal_error' });
    expect(failed.bytes.toString()).not.toContain('refused on purpose');
    expect(server.bugs).toHaveLength(attempt);
    expect(counts(server.paths.database)).toEqual(NOTHING);
  }
  execute(server.paths.database, 'DROP TRIGGER refuse_on_purpose');
  const retry = await server.post(token);
  expect(retry.status).toBe(200);
  expect(retry.headers.get('idempotency-replayed')).toBeNull();
  expect(retry.body.default_api_key.secret).toMatch(/^ap_pk_/);
  expect(counts(server.paths.database)).toEqual(ONE_SIGN_IN);
}

test('#26 a failure before the commit rolls everything back, is not stored, and the retry runs afresh', async () => {
  await using server = await testServer();
  await failsThenProvisions(server, 'INSERT ON callback_records');
});

test.each(['workspace.created', 'api_key.created'])(
  '#27 the event %s cannot be written: the whole sign-in is rolled back',
  async (action) => {
    await using server = await testServer();
    await failsThenProvisions(server, `INSERT ON operation_events WHEN new.action = '${action}'`);
  },
);

test('#27 a returning member whose record cannot be written keeps the old address and time', async () => {
  await using server = await testServer();
  const { token, claims } = server.mint();
  await server.post(token);
  server.users.changeEmail(String(claims.sub), 'renamed@example.com', '2026-01-01T00:00:00.000Z');
  const before = query(server.paths.database, 'SELECT * FROM workspace_members');
  execute(server.paths.database, refuse('INSERT ON callback_records'));
  expect((await server.post(server.mint({ sub: String(claims.sub) }).token)).status).toBe(500);
  expect(query(server.paths.database, 'SELECT * FROM workspace_members')).toEqual(before);
});

test('#28 refusals are not stored: the same token runs once what was wrong is right', async () => {
  await using server = await testServer();
  const { token, claims } = server.mint();
  const sub = String(claims.sub);
  const user = server.users.find(sub)!;
  using observer = observe(server.paths.database);
  server.users.remove(sub);
  const unknown = await server.post(token);
  expect([unknown.status, unknown.body.error.reason]).toEqual([401, 'user_fetch_failed']);
  server.setClock(Date.now() + 301_000);
  const expired = await server.post(token);
  expect([expired.status, expired.body.error.reason]).toEqual([401, 'expired']);
  expect(observer.changes()).toEqual(UNCHANGED);
  server.setClock(undefined);
  server.users.add(user);
  const answer = await server.post(token);
  expect(answer.body.default_api_key.secret).toMatch(/^ap_pk_/);
});

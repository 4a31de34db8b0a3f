import { expect, test } from 'vitest';
import { type TestServer, testServer } from '../../support/server.ts';
import {
  acceptRows,
  counts,
  NOTHING,
  ONE_SIGN_IN,
  observe,
  query,
  refuseRows,
  UNCHANGED,
} from '../../support/stored.ts';

/** A real failure: the database itself refuses the statement, and no connection of the server knows of it. */
async function failsThenProvisions(server: TestServer, table: string, when?: string): Promise<void> {
  const { token } = server.mint();
  await refuseRows(server.paths.database, table, when);
  for (const attempt of [1, 2]) {
    const failed = await server.post(token);
    expect(failed.status).toBe(500);
    expect(failed.body.error).toMatchObject({ code: 'internal_error' });
    expect(failed.bytes.toString()).not.toContain('refused on purpose');
    expect(server.bugs).toHaveLength(attempt);
    expect(await counts(server.paths.database)).toEqual(NOTHING);
  }
  await acceptRows(server.paths.database, table);
  const retry = await server.post(token);
  expect(retry.status).toBe(200);
  expect(retry.headers.get('idempotency-replayed')).toBeNull();
  expect(retry.body.default_api_key.secret).toMatch(/^ap_pk_/);
  expect(await counts(server.paths.database)).toEqual(ONE_SIGN_IN);
}

test('#26 rolls everything back on a failure before the commit, stores nothing, and runs the retry', async () => {
  await using server = await testServer();
  await failsThenProvisions(server, 'callback_records');
});

test.each(['workspace.created', 'api_key.created'])(
  '#27 rolls the whole sign-in back when the event %s cannot be written',
  async (action) => {
    await using server = await testServer();
    await failsThenProvisions(server, 'operation_events', `new.action = '${action}'`);
  },
);

test('#27 keeps the old address and time of a returning member whose record cannot be written', async () => {
  await using server = await testServer();
  const { token, claims } = server.mint();
  await server.post(token);
  server.users.changeEmail(String(claims.sub), 'renamed@example.com', '2026-01-01T00:00:00.000Z');
  const before = await query(server.paths.database, 'SELECT * FROM workspace_members');
  await refuseRows(server.paths.database, 'callback_records');
  expect((await server.post(server.mint({ sub: String(claims.sub) }).token)).status).toBe(500);
  expect(await query(server.paths.database, 'SELECT * FROM workspace_members')).toEqual(before);
});

test('#28 stores no refusals, so the same token runs once the cause is fixed', async () => {
  await using server = await testServer();
  const { token, claims } = server.mint();
  const sub = String(claims.sub);
  const user = server.users.find(sub)!;
  await using observer = await observe(server.paths.database);
  server.users.remove(sub);
  const unknown = await server.post(token);
  expect([unknown.status, unknown.body.error.reason]).toEqual([401, 'user_fetch_failed']);
  server.setClock(Date.now() + 301_000);
  const expired = await server.post(token);
  expect([expired.status, expired.body.error.reason]).toEqual([401, 'expired']);
  expect(await observer.changes()).toEqual(UNCHANGED);
  server.setClock(undefined);
  server.users.add(user);
  const answer = await server.post(token);
  expect(answer.body.default_api_key.secret).toMatch(/^ap_pk_/);
});

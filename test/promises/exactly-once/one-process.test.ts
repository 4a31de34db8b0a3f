import { expect, test } from 'vitest';
import { createCallback } from '../../../src/callback/callback.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { gateBefore } from '../../support/gate.ts';
import { type Answer, testServer } from '../../support/server.ts';
import { counts, ONE_SIGN_IN, openStore, refuseRows } from '../../support/stored.ts';

const MANY = 64;

test('#16 provisions once for concurrent duplicates, which all get its bytes', async () => {
  await using server = await testServer();
  const { token } = server.mint();
  const answers = await Promise.all(Array.from({ length: MANY }, () => server.post(token)));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  expect(new Set(answers.map(({ bytes }) => bytes.toString())).size).toBe(1);
  expect(answers.filter(({ headers }) => headers.get('idempotency-replayed') === null)).toHaveLength(1);
  expect(await counts(server.paths.database)).toEqual(ONE_SIGN_IN);
});

test('#16 answers one duplicate with 200 and the others with 409 and Retry-After under --in-flight conflict', async () => {
  const gate = gateBefore('commit');
  await using server = await testServer({ 'in-flight': 'conflict' }, temporaryDirectory(), gate.wrapping);
  const { token } = server.mint();
  const answers: Answer[] = [];
  const posts = Array.from({ length: MANY }, async () => {
    answers.push(await server.post(token));
    if (answers.length === MANY - 1) gate.open();
  });
  await Promise.all(posts);
  const answer = answers.pop()!;
  expect(answer.status).toBe(200);
  for (const { status, headers, body } of answers) {
    expect([status, body.error.code]).toEqual([409, 'idempotency_in_flight']);
    expect(headers.get('retry-after')).toBe('1');
  }
  expect((await server.post(token)).bytes.equals(answer.bytes)).toBe(true);
  expect(await counts(server.paths.database)).toEqual(ONE_SIGN_IN);
});

test('#16 answers a duplicate with 409 after --in-flight-wait', async () => {
  const gate = gateBefore('commit');
  await using server = await testServer({ 'in-flight-wait': '50ms' }, temporaryDirectory(), gate.wrapping);
  const { token } = server.mint();
  const posts = [server.post(token), server.post(token)];
  const first = await Promise.race(posts);
  expect([first.status, first.body.error.code]).toEqual([409, 'idempotency_in_flight']);
  gate.open();
  expect((await Promise.all(posts)).map(({ status }) => status).sort()).toEqual([200, 409]);
});

test('runs a duplicate itself when the callback that it waited for fails', async () => {
  using directory = temporaryDirectory();
  await using opened = await openStore(directory.path);
  await refuseRows(opened.database, 'operation_events', "new.request_id = 'request_1'");
  const callback = createCallback(
    opened.store,
    { idempotencyTtlMs: 86_400_000, inFlight: 'wait', inFlightWaitMs: 5000 },
    () => Promise.resolve(),
  );
  const identity = {
    issuer: 'https://api.workos.com',
    subject: 'user_1',
    email: 'ada@example.com',
    tokenId: 'jti_1',
    sessionId: null,
    expiresAt: 1_800_000_000,
    idempotencyKey: 'workos-jti:jti_1',
  };
  const runs = ['request_1', 'request_2', 'request_3'].map((requestId) =>
    callback(identity, { now: 1_700_000_000_000, requestId }),
  );
  await expect(runs[0]).rejects.toThrow('refused on purpose');
  const [second, third] = [await runs[1]!, await runs[2]!];
  expect([second.outcome, third.outcome]).toEqual(['provisioned', 'replayed']);
  expect(Buffer.from(third.body).equals(second.body)).toBe(true);
  expect(await counts(opened.database)).toEqual(ONE_SIGN_IN);
});

test('#18 gives a new user with different tokens one member, one key and one answer with the secret', async () => {
  await using server = await testServer();
  const tokens = Array.from({ length: MANY }, () => server.mint().token);
  const answers = await Promise.all(tokens.map((token) => server.post(token)));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  expect(answers.filter(({ body }) => body.default_api_key !== null)).toHaveLength(1);
  expect(new Set(answers.map(({ body }) => body.workspace.id)).size).toBe(1);
  expect(await counts(server.paths.database)).toEqual({ ...ONE_SIGN_IN, records: MANY });
});

test('#20 gives different new users at once a workspace and a secret each', async () => {
  await using server = await testServer();
  const users = Array.from({ length: MANY }, (_, index) => `user_${index}`);
  const answers = await Promise.all(
    users.map((sub) => server.post(server.mint({ sub, email: `${sub}@example.com` }).token)),
  );
  for (const [index, { body }] of answers.entries()) {
    expect(body.workspace.name).toBe(`user_${index}'s Workspace`);
    expect(body.workspace_member.email).toBe(`user_${index}@example.com`);
    expect(body.workspace_member.workspace_id).toBe(body.workspace.id);
  }
  expect(new Set(answers.map(({ body }) => body.default_api_key.secret)).size).toBe(MANY);
  expect(await counts(server.paths.database)).toEqual({
    workspaces: MANY,
    members: MANY,
    keys: MANY,
    events: 2 * MANY,
    records: MANY,
  });
});

test('#25 keeps the work of a callback whose client disconnects, and replays it', async () => {
  const gate = gateBefore('commit');
  await using server = await testServer({}, temporaryDirectory(), gate.wrapping);
  const { token } = server.mint();
  const gone = new AbortController();
  const lost = fetch(server.callbackUrl, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    signal: gone.signal,
  });
  const aborted = expect(lost).rejects.toThrow('aborted');
  await expect.poll(gate.arrived).toBe(1);
  gone.abort();
  await aborted;
  gate.open();
  await expect.poll(async () => (await server.post(token)).status).toBe(200);
  const retry = await server.post(token);
  expect(retry.headers.get('idempotency-replayed')).toBe('true');
  expect(retry.body.default_api_key.secret).toMatch(/^ap_pk_/);
});

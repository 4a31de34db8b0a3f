import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { logged, type Story, story } from './story.ts';

let told: Story;

beforeAll(async () => {
  told = await story();
  const { server } = told;
  // Two users with one token id, and one more refusal.
  for (const email of ['ida@example.com', 'joan@example.com'])
    await server.post(server.mint({ email, jti: 'jti_shared', sid: `session_of_${email.slice(0, 3)}` }).token);
  await server.post(server.mint({ email: 'ada@example.com', expiresIn: -60 }).token, { 'x-request-id': 'req_expired' });
  await logged(server, 10);
});

afterAll(() => told[Symbol.asyncDispose]());

const requests = (items: readonly { request_id: string }[]) => items.map(({ request_id }) => request_id);

/** Request ids of the callbacks that are listed, oldest first. */
async function listed(...flags: string[]): Promise<readonly string[]> {
  return requests((await told.read('callbacks', ...flags)).items).reverse();
}

describe('inspect callbacks', () => {
  test('takes several outcomes, reasons and statuses, with commas or again', async () => {
    const all = await listed();
    const refused = ['req_zoe_gone', 'req_bad_issuer', 'req_nonsense', 'req_expired'];
    expect(await listed('--outcome', 'refused,unavailable')).toEqual(refused);
    expect(await listed('--outcome', 'refused', '--outcome', 'unavailable')).toEqual(refused);
    expect(await listed('--reason', 'expired,issuer_mismatch')).toEqual(['req_bad_issuer', 'req_expired']);
    expect(await listed('--status', '401')).toEqual(refused);
    expect(await listed('--status', '200, 401')).toEqual(all);
    expect(await listed('--status', '503')).toEqual([]);
  });

  test('finds a token id, a session id and a request id', async () => {
    expect(await listed('--jti', 'jti_shared')).toHaveLength(2);
    expect(await listed('--sid', 'session_ada_1')).toEqual(['req_ada_first', 'req_ada_again']);
    expect(await listed('--sid', 'session_ada_1,session_ada_2', '--outcome', 'seen')).toEqual(['req_ada_later']);
    expect(await listed('--request', 'req_expired,req_nonsense')).toEqual(['req_nonsense', 'req_expired']);
    expect(await listed('--jti', 'jti_of_no_callback')).toEqual([]);
  });

  test('tells the refusals of a user by name, once the signature is good', async () => {
    expect(await listed('--email', 'ada@example.com', '--outcome', 'refused')).toEqual([
      'req_bad_issuer',
      'req_expired',
    ]);
  });

  test('keeps to a span of time, with both ends', async () => {
    const { items } = await told.read('callbacks');
    const times: string[] = items.map(({ at }: { at: string }) => at).sort();
    const [first = '', last = ''] = [times[0], times.at(-1)];
    expect(await listed('--since', first, '--until', last)).toHaveLength(10);
    expect(await listed('--until', first)).toHaveLength(times.filter((at) => at === first).length);
    expect(await listed('--until', 'yesterday')).toEqual([]);
    expect(await listed('--since', '1h', '--until', 'now')).toHaveLength(10);
    expect(await listed('--until', last, '--limit', '3')).toEqual((await listed()).slice(-3));
  });

  test('finds slow ones', async () => {
    expect(await listed('--slower-than', '0')).toHaveLength(10);
    expect(await listed('--slower-than', '1h')).toEqual([]);
    const { items } = await told.read('callbacks');
    const middle = items.map(({ milliseconds }: { milliseconds: number }) => milliseconds).sort()[5];
    const slower = items.filter(({ milliseconds }: { milliseconds: number }) => milliseconds > Math.ceil(middle));
    expect(await listed('--slower-than', `${Math.ceil(middle)}ms`)).toHaveLength(slower.length);
  });

  test('counts by reason, user, outcome and hour', async () => {
    const counts = async (by: string, ...flags: string[]) => {
      const { items, callbacks } = await told.read('callbacks', '--by', by, ...flags);
      const sum = items.reduce((total: number, item: { callbacks: number }) => total + item.callbacks, 0);
      expect(sum).toBe(callbacks);
      return Object.fromEntries(
        items.map(({ value, callbacks, users }: { value: string | null; callbacks: number; users: number }) => [
          value,
          [callbacks, users],
        ]),
      );
    };
    expect(await counts('reason', '--outcome', 'refused')).toEqual({
      expired: [1, 1],
      issuer_mismatch: [1, 1],
      malformed_token: [1, 0],
      user_fetch_failed: [1, 1],
    });
    expect(await counts('outcome')).toEqual({
      provisioned: [4, 4],
      replayed: [1, 1],
      refused: [4, 2],
      seen: [1, 1],
    });
    const users = await counts('user');
    expect(Object.values(users).map(String).sort()).toEqual(['1,0', '1,1', '1,1', '1,1', '1,1', '5,1']);
    const hours = await counts('hour');
    for (const hour of Object.keys(hours)) expect(hour).toMatch(/^\d{4}-\d\d-\d\dT\d\d:00:00\.000Z$/);
    const { stdout } = await told.inspect('callbacks', '--by', 'reason', '--outcome', 'refused', '--format', 'csv');
    expect(stdout.split('\r\n')[0]).toBe('value,callbacks,users,first_at,last_at,claimed');
  });

  test.each([
    [['--follow', '--by', 'reason'], '--follow and --by'],
    [['--follow', '--until', 'now'], '--follow and --until'],
    [['--follow', '--cursor', 'x'], '--follow and --cursor'],
    [['--by', 'reason', '--limit', '3'], '--by and --limit'],
    [['--by', 'reason', '--cursor', 'x'], '--by and --cursor'],
    [['--since', 'now', '--until', '1h'], '--since is after --until'],
    [['--by', 'day'], 'accepted: reason, user, outcome, hour'],
    [['--status', '99'], '--status'],
    [['--status', '200,abc'], '--status'],
    [['--outcome', 'refused,'], '--outcome'],
    [['--outcome', 'refused,sen'], '"sen" is unknown'],
    [['--jti', ''], '--jti is empty'],
    [['--sid', 'a,,b'], '--sid is empty'],
    [['--slower-than', '50'], 'it has no unit'],
    [['--until', 'soon'], '--until'],
  ])('refuses %j with one line', async (flags, line) => {
    const { code, stdout, stderr } = await told.inspect('callbacks', ...flags);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(line);
  });
});

describe('a session id', () => {
  test('finds the member, the record and the callbacks', async () => {
    const member = await told.read('member', 'session_of_ida');
    expect(member.workspace_member.email).toBe('ida@example.com');
    expect((await told.read('record', 'session_of_ida')).record.idempotency_key).toBe('workos-jti:jti_shared');
    expect((await told.read('callbacks', '--member', 'session_ada_2')).items).toHaveLength(5);
  });

  test('of no callback is not found', async () => {
    expect(await told.inspect('member', 'session_of_no_callback')).toMatchObject({ code: 5 });
    expect(await told.inspect('record', 'session_of_no_callback')).toMatchObject({ code: 5 });
  });
});

test('a key tells which callback made it', async () => {
  const { created_by } = await told.read('key', 'ada@example.com');
  expect(created_by).toBe('req_ada_first');
  expect((await told.inspect('key', 'ada@example.com')).stdout).toContain('by the callback req_ada_first');
});

describe('the page of a callback', () => {
  test.each([
    ['session_ada_2', 'req_ada_later'],
    ['session_ada_3', 'req_bad_issuer'],
  ])('is found by the session id %s of one request', async (id, request) => {
    expect(requests((await told.read('callback', id)).callbacks)).toEqual([request]);
    expect((await told.read('callback', request)).callbacks).toHaveLength(1);
  });

  test('is not chosen where a session has several requests: they are named', async () => {
    const { code, stderr } = await told.inspect('callback', 'session_ada_1');
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/more than one callback[\s\S]*req_ada_again[\s\S]*req_ada_first/),
    ]);
  });

  test('is found by a token id', async () => {
    const { items } = await told.read('callbacks', '--request', 'req_ada_later');
    expect(requests((await told.read('callback', items[0].token_id)).callbacks)).toEqual(['req_ada_later']);
  });
});

test('a record tells who else used its token id', async () => {
  const { record, shared_with } = await told.read('record', 'jti_shared');
  expect(new Set([record.subject, ...shared_with.map(({ subject }: { subject: string }) => subject)]).size).toBe(2);
  const { stdout } = await told.inspect('record', 'workos-jti:jti_shared');
  expect(stdout).toContain(
    `also used by    ${shared_with[0].subject} of https://api.workos.com, 200 provisioned, sha256 ${shared_with[0].body_sha256}`,
  );
});

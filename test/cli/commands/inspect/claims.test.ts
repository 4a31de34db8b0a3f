/** What unverified tokens claim: kept for support, marked, and never taken for a member. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { agentPaste } from '../../../support/binary.ts';
import { type TestServer, testServer } from '../../../support/server.ts';
import { logged } from './story.ts';

const ADA = { sub: 'user_ada', email: 'ada@example.com', sid: 'session_ada' };
let server: TestServer;

beforeAll(async () => {
  server = await testServer();
  const post = (requestId: string, options: Parameters<TestServer['mint']>[0]) =>
    server.post(server.mint(options).token, { 'x-request-id': requestId });
  await post('req_first', { ...ADA, jti: 'jti_first' });
  await post('req_expired', { ...ADA, jti: 'jti_expired', faults: ['expired'] });
  await post('req_forged', { ...ADA, jti: 'jti_forged', faults: ['signature-bit'] });
  await post('req_other_key', { ...ADA, jti: 'jti_other', sid: 'session_other', faults: ['kid-unknown'] });
  await post('req_stranger', { sub: 'user_stranger', email: 's@example.com', jti: 'jti_s', faults: ['kid-unknown'] });
  await logged(server, 5);
});

afterAll(() => server[Symbol.asyncDispose]());

const run = (...args: string[]) => agentPaste([...args, '--state-dir', server.paths.directory]);
async function read(...args: string[]) {
  const { code, stdout } = await run('inspect', ...args, '--json');
  expect(code).toBe(0);
  return JSON.parse(stdout);
}
const listed = async (...flags: string[]) =>
  (await read('callbacks', ...flags)).items.map(({ request_id }: { request_id: string }) => request_id);

describe('inspect callbacks', () => {
  test('finds a token id and a session id, also of refused and of unverified tokens', async () => {
    expect(await listed('--jti', 'jti_expired')).toEqual(['req_expired']);
    expect(await listed('--jti', 'jti_forged')).toEqual(['req_forged']);
    expect(await listed('--sid', 'session_ada')).toEqual(['req_forged', 'req_expired', 'req_first']);
    expect(await listed('--sid', 'session_other')).toEqual(['req_other_key']);
    expect(await listed('--jti', 'jti_other', '--sid', 'session_ada')).toEqual([]);
  });

  test('shows verified callbacks of a user, and with --claimed the others too', async () => {
    for (const flag of ['--email=ada@example.com', '--user=user_ada', '--member=session_ada']) {
      expect(await listed(flag)).toEqual(['req_expired', 'req_first']);
      expect(await listed(flag, '--claimed')).toEqual(['req_other_key', 'req_forged', 'req_expired', 'req_first']);
    }
    expect(await listed('--user', 'user_stranger', '--claimed', '--reason', 'kid_unknown')).toEqual(['req_stranger']);
    const alone = await run('inspect', 'callbacks', '--claimed');
    expect([alone.code, alone.stderr]).toEqual([2, expect.stringContaining('--claimed needs a user')]);
  });

  test('marks a claimed user, and says that there are more', async () => {
    const { stdout } = await run('inspect', 'callbacks', '--reason', 'kid_unknown,bad_signature');
    expect(stdout.match(/\(claimed\) user_(?:ada|stranger)/g)).toHaveLength(3);
    const { stdout: own, stderr } = await run('inspect', 'callbacks', '--user', 'user_ada');
    expect(own).not.toContain('claimed');
    expect(stderr).toContain('--claimed');
    expect((await run('inspect', 'callbacks', '--user', 'user_ada', '--until', 'yesterday')).stderr).not.toContain(
      '--claimed',
    );
  });

  test('counts what is claimed apart from what is verified', async () => {
    const { items } = await read('callbacks', '--by', 'user');
    const counted = items.map(({ value, claimed, callbacks, users }: Record<string, unknown>) => [
      value,
      claimed,
      callbacks,
      users,
    ]);
    expect(counted.toSorted()).toEqual([
      ['user_ada', false, 2, 1],
      ['user_ada', true, 2, 0],
      ['user_stranger', true, 1, 0],
    ]);
  });
});

test('the page of a member shows claims in a section of their own', async () => {
  const { callbacks, claimed_callbacks, sessions } = await read('member', 'ada@example.com');
  const ids = (items: { request_id: string }[]) => items.map(({ request_id }) => request_id);
  expect(ids(callbacks)).toEqual(['req_first', 'req_expired']);
  expect(ids(claimed_callbacks)).toEqual(['req_forged', 'req_other_key']);
  expect(sessions).toMatchObject([{ session_id: 'session_ada', callbacks: 2 }]);
  const { stdout } = await run('inspect', 'member', 'user_ada');
  const order = ['Callbacks, oldest first', 'req_expired', 'Claimed, not verified', 'req_forged', 'anyone may'];
  const places = order.map((text) => stdout.indexOf(text));
  expect(places).toEqual(places.toSorted((one, other) => one - other));
  expect(places).not.toContain(-1);
});

test('an unverified token leads to no member and to no record', async () => {
  for (const name of ['session_other', 'req_forged', 'req_stranger'])
    expect(await run('inspect', 'member', name)).toMatchObject({ code: 5 });
  const stranger = await run('inspect', 'member', 'user_stranger');
  expect([stranger.code, stranger.stderr]).toEqual([5, expect.stringContaining('inspect callback req_stranger')]);
  expect(stranger.stderr).toContain('unverified token claims');
  const { workspace_member, record } = await read('callback', 'req_forged');
  expect([workspace_member, record]).toEqual([null, null]);
});

test('the page of a callback and explain say whose token it was, or claims to be', async () => {
  const page = async (name: string) => (await run('inspect', 'callback', name)).stdout;
  expect(await page('req_forged')).toMatch(/user +user_ada \(claimed; the token was not verified\)/);
  expect(await page('req_forged')).toMatch(/token id +jti_forged \(claimed/);
  expect(await page('req_expired')).toMatch(/user +user_ada\n/);
  expect(await page('req_expired')).toMatch(/token id +jti_expired\n/);
  const explained = async (name: string) => (await run('explain', name)).stdout.replaceAll(/\s+/g, ' ');
  expect(await explained('req_forged')).toContain(
    'sender not verified, claimed to be user_ada, jti jti_forged, sid session_ada',
  );
  expect(await explained('req_expired')).toContain('of user_ada, jti jti_expired, sid session_ada');
});

test('the log of the server names both, each for what it is', () => {
  const line = (id: string) => server.logged.find(({ request_id }) => request_id === id);
  expect(line('req_expired')).toMatchObject({ user: 'user_ada' });
  expect(line('req_forged')).toMatchObject({ claimed_user: 'user_ada' });
  expect(line('req_forged')).not.toHaveProperty('user');
});

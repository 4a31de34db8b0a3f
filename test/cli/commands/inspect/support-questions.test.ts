/** Fifteen questions that support is asked, each answered by one command, on a population in which much went wrong. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { agentPaste } from '../../../support/binary.ts';
import { temporaryDirectory } from '../../../support/directory.ts';
import { type TestServer, testServer } from '../../../support/server.ts';
import { logged } from './story.ts';

const MINUTE = 60_000;
const OTHERS = 30;
const STORM = 60;

/** Three hours before the commands run. */
const morning = Math.floor(Date.now() / MINUTE) * MINUTE - 180 * MINUTE;
const at = (minutes: number) => new Date(morning + minutes * MINUTE).toISOString();

let server: TestServer;
let badToken: string;
let sent = 0;

async function post(token: string, requestId: string) {
  sent += 1;
  return (await server.post(token, { 'x-request-id': requestId })).body;
}

/** Sends a new token at so many minutes after the morning. */
function signIn(minutes: number, requestId: string, options: Parameters<TestServer['mint']>[0] = {}) {
  server.setClock(morning + minutes * MINUTE);
  const { sub } = options;
  return post(server.mint({ ...(sub && { email: `${sub.slice(5)}@example.com` }), ...options }).token, requestId);
}

/** Less than an hour before the commands run, also on a machine that takes minutes for this file. */
async function refusalsOfAda() {
  await signIn(141, 'req_ada_expired', { sub: 'user_ada', faults: ['expired'] });
  await signIn(142, 'req_ada_issuer', { sub: 'user_ada', issuer: 'https://auth.example.com' });
  await signIn(143, 'req_ada_kid', { sub: 'user_ada', faults: ['kid-unknown'] });
  server.setClock(undefined);
  badToken = server.mint({ sub: 'user_ada', issuer: 'https://auth.example.com' }).token;
}

// In the order of time, as in any log.
beforeAll(async () => {
  server = await testServer();
  // Those with whom nothing is wrong.
  for (let n = 0; n < OTHERS; n++) await signIn(0, `req_other_${n}`, { sub: `user_other_${n}`, jti: `jti_other_${n}` });
  // Ada: a sign-in and a retry of it; then the first sign-ins of others.
  server.setClock(morning);
  const ada = server.mint({ sub: 'user_ada', email: 'ada@example.com', jti: 'jti_ada', sid: 'session_ada' }).token;
  const { default_api_key: key } = await post(ada, 'req_ada_first');
  await post(ada, 'req_ada_retry');
  server.setClock(undefined);
  await fetch(`${server.url}/v1/whoami`, { headers: { authorization: `Bearer ${key.secret}` } });
  await signIn(0, 'req_mary_1', { sub: 'user_mary', jti: 'jti_mary' });
  await signIn(0, 'req_zoe_first', { sub: 'user_zoe' });
  // Two users with one token id.
  await signIn(10, 'req_of_ida', { sub: 'user_ida', jti: 'jti_shared' });
  await signIn(12, 'req_joan', { sub: 'user_joan', jti: 'jti_shared' });
  // Mary changes her address twice, and replays in between.
  server.users.changeEmail('user_mary', 'mary.allen@example.com', at(20));
  await signIn(21, 'req_mary_replay', { sub: 'user_mary', jti: 'jti_mary' });
  await signIn(25, 'req_mary_2', { sub: 'user_mary' });
  server.users.changeEmail('user_mary', 'mary.brown@example.com', at(30));
  await signIn(35, 'req_mary_3', { sub: 'user_mary' });
  await refusalsOfAda();
  // Zoe was removed from WorkOS.
  server.setClock(morning + 150 * MINUTE);
  const { token } = server.mint({ sub: 'user_zoe' });
  server.users.remove('user_zoe');
  await post(token, 'req_zoe_gone');
  // Rob's client retries in a loop, with a token that has expired.
  server.setClock(morning + 160 * MINUTE);
  const retried = server.mint({ sub: 'user_rob', email: 'rob@example.com', faults: ['expired'] }).token;
  for (let n = 0; n < STORM; n++) await post(retried, `req_rob_${n}`);
  await logged(server, sent);
  // One slow sign-in.
  server = await server.restart({ hold: ['before-commit=150ms'] });
  await signIn(170, 'req_slow', { sub: 'user_slow' });
  await logged(server, sent);
}, 120_000);

afterAll(() => server[Symbol.asyncDispose]());

const run = (...args: string[]) => agentPaste([...args, '--state-dir', server.paths.directory]);

// biome-ignore lint/suspicious/noExplicitAny: the document is whatever the test says it is
async function read(...args: string[]): Promise<any> {
  const { stdout } = await run(...args, '--json');
  return JSON.parse(stdout);
}

const requests = (items: readonly { request_id: string }[]) => items.map(({ request_id }) => request_id);

test('1. why can Ada not sign in since this morning?', async () => {
  const flags = ['--email', 'ada@example.com', '--outcome', 'refused', '--since', '2h', '--claimed'];
  const { items } = await read('inspect', 'callbacks', ...flags);
  expect(
    items.map(({ reason, subject, claimed_subject }: Record<string, string>) => [reason, subject, claimed_subject]),
  ).toEqual([
    ['kid_unknown', null, 'user_ada'],
    ['issuer_mismatch', 'user_ada', null],
    ['expired', 'user_ada', null],
  ]);
});

test('2. which sign-in created this key?', async () => {
  const { api_key } = await read('inspect', 'key', 'ada@example.com');
  expect((await read('inspect', 'key', api_key.public_id)).created_by).toBe('req_ada_first');
});

test('3. who used this token id twice?', async () => {
  const { items } = await read('inspect', 'callbacks', '--jti', 'jti_shared');
  expect(items.map(({ subject, at: time }: Record<string, string>) => [subject, time])).toEqual([
    ['user_joan', at(12)],
    ['user_ida', at(10)],
  ]);
});

test('4. is this user provisioned twice?', async () => {
  const { items } = await read('inspect', 'callbacks', '--email', 'ada@example.com', '--outcome', 'provisioned');
  expect(requests(items)).toEqual(['req_ada_first']);
  const { ok, shared_addresses } = await read('inspect', '--audit');
  expect([ok, shared_addresses]).toEqual([true, []]);
});

test('5. what did this request do?', async () => {
  const { callbacks, workspace_member, record } = await read('inspect', 'callback', 'req_ada_retry');
  expect(callbacks).toMatchObject([{ outcome: 'replayed', idempotency_key: 'workos-jti:jti_ada' }]);
  expect([workspace_member.email, record.outcome]).toEqual(['ada@example.com', 'provisioned']);
});

test('6. who was refused in the last hour, and why?', async () => {
  const flags = ['--outcome', 'refused', '--since', '1h'];
  const { items } = await read('inspect', 'callbacks', ...flags, '--by', 'reason');
  expect(items.map(({ value, callbacks, users }: Record<string, unknown>) => [value, callbacks, users])).toEqual([
    ['expired', STORM + 1, 2],
    ['issuer_mismatch', 1, 1],
    ['kid_unknown', 1, 0],
    ['user_fetch_failed', 1, 1],
  ]);
  const byUser = (await read('inspect', 'callbacks', ...flags, '--by', 'user')).items;
  expect(byUser.map(({ value, claimed, callbacks }: Record<string, unknown>) => [value, claimed, callbacks])).toEqual([
    ['user_rob', false, STORM],
    ['user_ada', false, 2],
    ['user_ada', true, 1],
    ['user_zoe', false, 1],
  ]);
});

test('7. is her key in use?', async () => {
  const { api_key } = await read('inspect', 'key', 'ada@example.com');
  expect(Date.parse(api_key.last_used_at)).toBeGreaterThan(morning);
  expect((await read('inspect', 'key', 'user_ida')).api_key.last_used_at).toBeNull();
});

test('8. did her retry make a second workspace?', async () => {
  expect((await read('inspect', 'workspaces', '--email', 'ada@example.com')).items).toHaveLength(1);
});

test('9. what is wrong with the token that she sent?', async () => {
  const { stdout, code } = await agentPaste(['explain', '-', '--json', '--state-dir', server.paths.directory], {
    input: badToken,
  });
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ accepted: false, reason: 'issuer_mismatch' });
  expect(stdout).not.toContain(badToken);
});

test('10. she was deleted at WorkOS: does it show?', async () => {
  const { stdout } = await run('inspect', 'member', 'zoe@example.com');
  expect(stdout.replaceAll(/\s+/g, ' ')).toContain('user_zoe: WorkOS no longer has this user');
  const { callbacks, workos_user } = await read('inspect', 'member', 'zoe@example.com');
  expect([callbacks.at(-1).reason, workos_user]).toEqual(['user_fetch_failed', null]);
});

test('11. she changed her address: when, and from which?', async () => {
  const expected = [
    { email: 'mary@example.com', since: at(0), exact: true, request_id: 'req_mary_1' },
    { email: 'mary.allen@example.com', since: at(25), exact: true, request_id: 'req_mary_2' },
    { email: 'mary.brown@example.com', since: at(35), exact: true, request_id: 'req_mary_3' },
  ];
  for (const { email } of expected) expect((await read('inspect', 'member', email)).addresses).toEqual(expected);
  expect((await read('inspect', 'callbacks', '--email', 'mary@example.com')).items).toHaveLength(4);
  expect((await run('inspect', 'member', 'mary@example.com')).stdout).toMatch(
    /mary\.allen@example\.com +since .* req_mary_2/,
  );
});

test('12. what happened between two times?', async () => {
  const { items } = await read('inspect', 'callbacks', '--since', at(9), '--until', at(24));
  expect(requests(items)).toEqual(['req_mary_replay', 'req_joan', 'req_of_ida']);
});

test('13. whose session is this?', async () => {
  expect((await read('inspect', 'member', 'session_ada')).workspace_member.email).toBe('ada@example.com');
});

test('14. is a client retrying in a loop, and which sign-ins were slow?', async () => {
  const [first] = (await read('inspect', 'callbacks', '--since', '1h', '--by', 'user')).items;
  expect(first).toMatchObject({ value: 'user_rob', callbacks: STORM, first_at: at(160), last_at: at(160) });
  expect(requests((await read('inspect', 'callbacks', '--slower-than', '140ms')).items)).toContain('req_slow');
});

test('15. all of it for the ticket?', async () => {
  using directory = temporaryDirectory();
  const file = join(directory.path, 'ada.json');
  expect(await run('inspect', 'bundle', '--member', 'ada@example.com', '--out', file)).toMatchObject({ code: 0 });
  const { callbacks, claimed_callbacks } = await read('inspect', 'member', 'user_ada', '--bundle', file);
  expect(requests([...callbacks, ...claimed_callbacks])).toEqual([
    ...['req_ada_first', 'req_ada_retry', 'req_ada_expired', 'req_ada_issuer', 'req_ada_kid'],
  ]);
  expect(readFileSync(file, 'utf8')).not.toContain('ada@');
});

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

/** A time as a person in India writes it. */
const inIndia = (minutes: number) => new Date(morning + (minutes + 330) * MINUTE).toISOString().replace('Z', '+05:30');
const REFUSED_ADA = ['req_ada_kid', 'req_ada_issuer', 'req_ada_expired'];
const REFUSED = '--outcome refused --since 3h --claimed';

// biome-ignore lint/suspicious/noExplicitAny: the document is whatever the row says it is
const OTHER_WORDS: readonly [string, () => string, (document: any) => unknown, unknown][] = [
  ['1, by user id', () => `inspect callbacks --user user_ada ${REFUSED}`, ({ items }) => requests(items), REFUSED_ADA],
  [
    '1, by session id',
    () => `inspect callbacks --member session_ada ${REFUSED}`,
    ({ items }) => requests(items),
    REFUSED_ADA,
  ],
  [
    '1, by the beginning of a reason',
    () => 'inspect user ada@example.com',
    ({ callbacks }) => callbacks.at(-1).reason,
    'issuer_mismatch',
  ],
  ['2, by user id', () => 'inspect key user_ada', ({ created_by }) => created_by, 'req_ada_first'],
  ['2, by session id', () => 'inspect key session_ada', ({ created_by }) => created_by, 'req_ada_first'],
  [
    '3, by record',
    () => 'inspect record jti_shared',
    ({ record, shared_with: [other] }) => [record.subject, other.subject].sort(),
    ['user_ida', 'user_joan'],
  ],
  ['3, by user', () => 'inspect callbacks --jti jti_shared --by user', ({ items }) => items.length, 2],
  [
    '4, by user id',
    () => 'inspect callbacks --user user_ada --outcome provisioned',
    ({ items }) => requests(items),
    ['req_ada_first'],
  ],
  ['4, by session id', () => 'inspect members --member session_ada', ({ items }) => items.length, 1],
  ['5, by explain', () => 'explain req_ada_retry', ({ callbacks }) => callbacks[0].outcome, 'replayed'],
  ['5, by list', () => 'inspect callbacks --request req_ada_retry', ({ items }) => items[0].outcome, 'replayed'],
  [
    '6, by status, between two times',
    () => `inspect callbacks --status 401 --since ${at(140)} --until ${at(165)} --by reason`,
    ({ items }) => items.map(({ value }: { value: string }) => value).sort(),
    ['expired', 'issuer_mismatch', 'kid_unknown', 'user_fetch_failed'],
  ],
  [
    '6, by hour',
    () => 'inspect callbacks --outcome refused --since 12h --by hour',
    ({ items }) => items.reduce((sum: number, { callbacks }: { callbacks: number }) => sum + callbacks, 0),
    STORM + 4,
  ],
  ['7, by session id', () => 'inspect key session_ada', ({ api_key }) => api_key.last_used_at !== null, true],
  [
    '7, by list',
    () => 'inspect keys --user user_ada',
    ({ items }) => items.map(({ last_used_at }: { last_used_at: string | null }) => last_used_at !== null),
    [true],
  ],
  ['8, by session id', () => 'inspect workspaces --member session_ada', ({ items }) => items.length, 1],
  [
    '8, by token id',
    () => 'inspect callbacks --jti jti_ada',
    ({ items }) => items.map(({ outcome }: { outcome: string }) => outcome),
    ['replayed', 'provisioned'],
  ],
  [
    '10, by address',
    () => 'inspect user zoe@example.com',
    ({ user, callbacks }) => [user, callbacks.at(-1).reason],
    [null, 'user_fetch_failed'],
  ],
  [
    '10, by user id',
    () => 'inspect user user_zoe',
    ({ user, workspace_member }) => [user, workspace_member.email],
    [null, 'zoe@example.com'],
  ],
  [
    '11, by the first address, as a user',
    () => 'inspect user mary@example.com',
    ({ workos_user_id }) => workos_user_id,
    'user_mary',
  ],
  ['11, by user id', () => 'inspect member user_mary', ({ addresses }) => addresses.length, 3],
  [
    '11, by the second address, in a list',
    () => 'inspect workspaces --email mary.allen@example.com',
    ({ items }) => items.length,
    1,
  ],
  [
    '12, in another zone',
    () => `inspect callbacks --since ${inIndia(9)} --until ${inIndia(24)}`,
    ({ items }) => requests(items),
    ['req_mary_replay', 'req_joan', 'req_of_ida'],
  ],
  [
    '12, of one user',
    () => `inspect callbacks --since ${at(9)} --until ${at(24)} --email ida@example.com`,
    ({ items }) => requests(items),
    ['req_of_ida'],
  ],
  ['13, as a user', () => 'inspect user session_ada', ({ workos_user_id }) => workos_user_id, 'user_ada'],
  [
    '13, as callbacks',
    () => 'inspect callbacks --sid session_ada',
    ({ items }) => requests(items),
    ['req_ada_retry', 'req_ada_first'],
  ],
  [
    '14, since the morning',
    () => `inspect callbacks --since ${at(159)} --by user`,
    ({ items }) => items[0].value,
    'user_rob',
  ],
  [
    '14, of one user',
    () => 'inspect callbacks --slower-than 0.14s --user user_slow',
    ({ items }) => requests(items),
    ['req_slow'],
  ],
];

test.each(OTHER_WORDS)('asked in other words: %s', async (_, line, told, answer) => {
  expect(told(await read(...line().split(' ')))).toEqual(answer);
});

test.each(['Bearer ', 'Authorization: Bearer '])('9, of a token that was copied with %j', async (before) => {
  const input = `${before}${badToken}\n`;
  const { stdout } = await agentPaste(['explain', '-', '--json', '--state-dir', server.paths.directory], { input });
  expect(JSON.parse(stdout)).toMatchObject({ reason: 'issuer_mismatch', claims: { sub: 'user_ada' } });
});

test.each(['session_ada', 'user_ada', 'workos-jti:jti_ada'])('15, of %s, to stdout', async (who) => {
  const { code, stdout } = await run('inspect', 'bundle', '--member', who, '--out', '-');
  expect([code, JSON.parse(stdout).items.callbacks.length]).toEqual([0, 5]);
});

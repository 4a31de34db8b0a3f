/** A played WorkOS: what a test of an API makes it do. */
import { setupServer } from 'msw/node';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type PlayedWorkos, playWorkos } from '../../src/library/msw.ts';
import type { WorkosFailure, WorkosFailureOptions } from '../../src/library/types.ts';

const network = setupServer();
let workos: PlayedWorkos;
beforeAll(() => network.listen());
afterAll(() => network.close());
beforeEach(async () => {
  workos = await playWorkos({ clientId: 'client_1', apiKey: 'sk_test_1' });
  network.use(...workos.handlers);
});
afterEach(() => {
  network.resetHandlers();
  workos[Symbol.dispose]();
});

const keys = () => fetch('https://api.workos.com/sso/jwks/client_1');
const headers = { authorization: 'Bearer sk_test_1' };
const user = (id: string) => fetch(`https://api.workos.com/user_management/users/${id}`, { headers });
const kids = async () => ((await (await keys()).json()) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);

describe('fail', () => {
  test('with a status answers so in the shape of WorkOS, until recover', async () => {
    const { id } = workos.addUser({ email: 'ada@example.com' });
    workos.fail(500);
    for (const answer of [await keys(), await user(id)]) {
      expect(answer.status).toBe(500);
      expect(await answer.json()).toEqual({ message: expect.any(String) });
    }
    workos.recover();
    expect([(await keys()).status, (await user(id)).status]).toEqual([200, 200]);
  });

  test('of one part leaves the other one alone, and ends after so many requests', async () => {
    const { id } = workos.addUser({ email: 'ada@example.com' });
    workos.fail(429, { of: 'users', times: 2, retryAfter: '1500ms' });
    const limited = await user(id);
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '2']);
    expect([(await keys()).status, (await user(id)).status, (await user(id)).status]).toEqual([200, 429, 200]);
  });

  test('with a network error breaks the request', async () => {
    workos.fail('network-error', { of: 'keys', times: 1 });
    await expect(keys()).rejects.toThrow(TypeError);
    expect(await kids()).toHaveLength(1);
  });

  test('without an answer keeps a request waiting for its own deadline, or for recover', async () => {
    workos.fail('no-answer');
    await expect(
      fetch('https://api.workos.com/sso/jwks/client_1', { signal: AbortSignal.timeout(20) }),
    ).rejects.toThrow('timeout');
    const waiting = keys();
    const settled = expect(waiting).rejects.toThrow(TypeError);
    await new Promise((resolve) => setImmediate(resolve));
    workos.recover();
    expect((await keys()).status).toBe(200);
    workos[Symbol.dispose](); // ends what has begun since, too
    await Promise.race([settled, keys().catch(() => undefined)]);
  });

  test('replaces what failed before', async () => {
    workos.fail(500);
    workos.fail(503, { of: 'keys' });
    expect([(await keys()).status, (await user('user_1')).status]).toEqual([503, 500]);
  });

  test.each<[string, () => unknown, RegExp]>([
    ['a status of success', () => workos.fail(200), /fail: how must be a status from 400 to 599, .*not 200/],
    ['a broken number', () => workos.fail(Number.NaN), /not NaN/],
    ['another word', () => workos.fail('timeout' as WorkosFailure), /'no-answer' or 'network-error', not "timeout"/],
    [
      'another part',
      () => workos.fail(500, { of: 'user' as 'users' }),
      /of must be one of keys, users, not "user" \(did you mean users/,
    ],
    [
      'a part by the name of a prototype',
      () => workos.fail(500, { of: 'constructor' as 'users' }),
      /not "constructor"/,
    ],
    [
      'another option',
      () => workos.fail(500, { time: 1 } as WorkosFailureOptions),
      /unknown option "time" \(did you mean times\?\)/,
    ],
    ['no times', () => workos.fail(500, { times: 0 }), /times must be a whole number from 1 to 10000, not 0/],
    [
      'a wait backwards',
      () => workos.fail(429, { retryAfter: -1 }),
      /retryAfter must be a number of seconds.*, not -1/,
    ],
    [
      'a wait without an answer',
      () => workos.fail('no-answer', { retryAfter: 1 }),
      /how beside retryAfter must be a status/,
    ],
    ['a URL', () => playWorkos({ baseUrl: 'api.workos.com' }), /baseUrl must be an http or https URL/],
    ['a clock', () => playWorkos({ now: () => Number.NaN }), /time of now\(\) must be a number/],
    ['a key', () => workos.retireKey(5 as unknown as string), /retireKey: the kid must be a text, not 5/],
  ])('refuses %s', async (_, call, message) => {
    const error = await (async () => call())().then(String, (thrown: TypeError) => thrown);
    expect(error).toBeInstanceOf(TypeError);
    expect((error as TypeError).message).toMatch(message);
  });
});

describe('keys', () => {
  test('are rotated: the new one signs, the old one is published until it is retired', async () => {
    const old = String(workos.mint().header.kid);
    const kid = await workos.rotateKeys();
    expect(workos.mint().header.kid).toBe(kid);
    expect(await kids()).toEqual([kid, old]);
    workos.retireKey(old);
    expect(await kids()).toEqual([kid]);
    expect(workos.mint({ kid: old }).header.kid).toBe(old);
    expect(() => workos.retireKey(kid)).toThrow('is the last published key');
    expect(() => workos.retireKey('unknown')).toThrow('no signing key has the kid "unknown"');
  });

  test('that were withdrawn still sign, and a rotation publishes one again', async () => {
    const old = workos.mint().header.kid;
    workos.withdrawKeys();
    expect(await kids()).toEqual([]);
    expect(workos.mint().header.kid).toBe(old);
    expect(await kids()).not.toContain(await workos.rotateKeys().then(() => old));
    expect(await kids()).toEqual([workos.mint().header.kid]);
  });
});

test('an address that changes is told at the next request', async () => {
  const { id } = workos.addUser({ email: 'ada@example.com' });
  expect(await (await user(id)).json()).toMatchObject({ email: 'ada@example.com' });
  workos.changeEmail(id, 'king@example.com');
  expect(await (await user(id)).json()).toMatchObject({ email: 'king@example.com' });
});

test('a WorkOS that was disposed of says so', async () => {
  workos[Symbol.dispose]();
  workos[Symbol.dispose]();
  for (const call of [
    async () => workos.mint(),
    async () => workos.addUser({ email: 'ada@example.com' }),
    async () => workos.changeEmail('user_1', 'ada@example.com'),
    async () => workos.removeUser('user_1'),
    () => workos.rotateKeys(),
  ])
    await expect(call()).rejects.toThrow('this WorkOS was disposed of');
});

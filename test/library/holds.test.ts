/** `hold` and `release`: a test puts callbacks side by side without waiting for time to pass. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startServer } from '../../src/library/testing.ts';
import type { HoldPoint, TestServer } from '../../src/library/types.ts';

let server: TestServer;
beforeEach(async () => {
  server = await startServer();
});
afterEach(() => server.stop());

const post = (token: string) =>
  fetch(server.callbackUrl, { method: 'POST', headers: { authorization: `Bearer ${token}` } });

const outcomes = async () => (await server.inspect('callbacks')).map(({ outcome }) => outcome).sort();

describe('hold', () => {
  test.each<HoldPoint>(['after-verify', 'before-commit', 'after-commit', 'before-send'])(
    'stops callbacks %s until they are released',
    async (point) => {
      const held = server.hold(point);
      const answers = [1, 2, 3].map(() => post(server.mint().token));
      await held.reached(3);
      expect(server.log).toEqual([]);
      expect(await server.inspect('members')).toHaveLength(
        point.startsWith('after-c') || point === 'before-send' ? 1 : 0,
      );
      held.release();
      expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200]);
      expect((await post(server.mint().token)).status).toBe(200);
    },
  );

  test('puts two callbacks of one token side by side: one is provisioned, the other gets the same bytes', async () => {
    const { token } = server.mint({ email: 'ada@example.com' });
    const held = server.hold('after-verify');
    const answers = [post(token), post(token)];
    await held.reached(2);
    held.release();
    const [one, other] = await Promise.all(answers.map(async (answer) => (await answer).text()));
    expect(one).toBe(other);
    expect(await outcomes()).toEqual(['provisioned', 'replayed']);
  });

  test('stages a lost answer: what was committed is replayed after the client has gone', async () => {
    const { token } = server.mint();
    const held = server.hold('before-send');
    const client = new AbortController();
    const lost = fetch(server.callbackUrl, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      signal: client.signal,
    });
    await held.reached();
    client.abort();
    await expect(lost).rejects.toThrow();
    held.release();
    expect((await post(token)).headers.get('idempotency-replayed')).toBe('true');
  });

  test('lets a user change their address between two moments of one callback', async () => {
    const { id } = server.addUser({ email: 'ada@example.com' });
    using held = server.hold('before-commit');
    const answer = post(server.mint({ sub: id }).token);
    await held.reached();
    server.changeEmail(id, 'king@example.com');
    server.release();
    await answer;
    expect(await server.inspect('members')).toMatchObject([{ email: 'ada@example.com' }]);
  });

  test('counts callbacks that came before it was asked for, and none of other points', async () => {
    const held = server.hold('after-verify');
    const other = server.hold('before-send');
    const answer = post(server.mint().token);
    await held.reached();
    await held.reached(1);
    server.release('after-verify');
    await other.reached();
    server.release();
    expect((await answer).status).toBe(200);
    await expect(other.reached()).resolves.toBeUndefined();
    server.hold('before-send').release(); // can be held again
  });

  test('ends with the server, and says how far it came', async () => {
    const held = server.hold('before-commit');
    const second = held.reached(2);
    const answer = post(server.mint().token);
    await held.reached();
    await server.stop();
    expect((await answer).status).toBe(200);
    await expect(second).rejects.toThrow('the hold at before-commit was released when 1 of 2 callbacks had reached it');
    expect(() => server.hold('before-commit')).toThrow('hold: this server was stopped');
    expect(() => server.release()).toThrow('release: this server was stopped');
  });

  test('goes with the setting of the same name', async () => {
    await using slow = await startServer({ settings: { hold: 'before-commit=1ms' } });
    const held = slow.hold('before-commit');
    const answer = fetch(slow.callbackUrl, {
      method: 'POST',
      headers: { authorization: `Bearer ${slow.mint().token}` },
    });
    await held.reached();
    held.release();
    expect((await answer).status).toBe(200);
  });

  test.each<[string, () => unknown, RegExp]>([
    [
      'a point',
      () => server.hold('before-comit' as HoldPoint),
      /hold: the point must be one of after-verify, .*did you mean before-commit/,
    ],
    [
      'no point',
      () => server.hold(undefined as unknown as HoldPoint),
      /hold: the point must be one of .*not undefined/,
    ],
    ['the name of a prototype', () => server.hold('constructor' as HoldPoint), /not "constructor"/],
    ['a point to release', () => server.release('now' as HoldPoint), /release: the point must be one of/],
    [
      'a point that is held',
      () => server.hold('after-verify') && server.hold('after-verify'),
      /held at after-verify already/,
    ],
    [
      'a number of callbacks',
      () => server.hold('after-verify').reached(0),
      /callbacks must be a whole number from 1 to 10000, not 0/,
    ],
    ['a number that is none', () => server.hold('after-verify').reached(Number.NaN), /not NaN/],
  ])('refuses %s', (_, call, message) => {
    expect(call).toThrow(message);
    expect(() => server.hold('constructor' as HoldPoint)).toThrow(TypeError);
  });
});

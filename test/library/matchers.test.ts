/** The matchers: what passes, what does not, and what a person reads then. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { matchers } from '../../src/library/matchers.ts';
import { startServer } from '../../src/library/testing.ts';
import type { AnswerLike, MatcherResult, ProvisionedUser, TestServer } from '../../src/library/types.ts';

const { toBeReplayOf, toBeRefusedFor, toHaveProvisioned } = matchers;

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());
beforeEach(() => server.reset());

const post = (token: string) =>
  fetch(server.callbackUrl, { method: 'POST', headers: { authorization: `Bearer ${token}` } });

function said({ pass, message }: MatcherResult) {
  return { pass, message: message() };
}

describe('toBeReplayOf', () => {
  test('passes for the same bytes, which can be read afterwards', async () => {
    const { token } = server.mint();
    const [first, again] = [await post(token), await post(token)];
    const { pass, message } = said(await toBeReplayOf(again, first));
    expect(pass).toBe(true);
    expect(message).toMatch(
      /^expected not a replay of the first answer\n {2}first: {4}200 with a key, sha256 [0-9a-f]{12}\n/,
    );
    expect(await again.text()).toBe(await first.text());
  });

  test('shows the paths that differ, and no secret', async () => {
    const first = await post(server.mint({ email: 'ada@example.com' }).token);
    const secret = JSON.parse(await first.clone().text()).default_api_key.secret;
    const { pass, message } = said(
      await toBeReplayOf(await post(server.mint({ email: 'ada@example.com' }).token), first),
    );
    expect(pass).toBe(false);
    expect(message).toMatch(/received: 200 without a key, sha256 /);
    expect(message).toMatch(/\n {2}default_api_key: .* → null/);
    expect(message).not.toContain(secret);
  });

  test('says that only the bytes differ, and that a refusal is not replayed', async () => {
    const one = { status: 200, text: '{"a":1,"b":2}' };
    expect(said(await toBeReplayOf({ status: 200, text: '{"b":2,"a":1}' }, one)).message).toContain(
      'the JSON is the same, in other bytes',
    );
    const [bad, worse] = [await post('x.y.z'), await post('x.y.z')];
    const { pass, message } = said(await toBeReplayOf(bad, worse));
    expect(pass).toBe(false);
    expect(message).toContain('an answer that is no 200 is not replayed');
  });
});

describe('toBeRefusedFor', () => {
  test('passes for the reason alone, and shows the other one', async () => {
    const expired = await post(server.mint({ faults: ['expired'] }).token);
    expect((await toBeRefusedFor(expired, 'expired')).pass).toBe(true);
    const { pass, message } = said(await toBeRefusedFor(expired, 'bad_signature'));
    expect(pass).toBe(false);
    expect(message).toMatch(/^expected a refusal for bad_signature\n {2}received: 401 expired\n {2}\w/);
    expect(said(await toBeRefusedFor(await post(server.mint().token), 'expired')).message).toMatch(
      /received: 200 with a key/,
    );
  });

  test('reads answers of Playwright', async () => {
    const answer = { status: () => 401, text: async () => '{"error":{"reason":"expired"}}' };
    expect((await toBeRefusedFor(answer, 'expired')).pass).toBe(true);
  });
});

describe('toHaveProvisioned', () => {
  test('finds a user by address, id or both', async () => {
    const { token, claims } = server.mint({ email: 'ada@example.com' });
    await post(token);
    for (const who of ['ada@example.com', String(claims.sub), { email: 'ada@example.com', sub: String(claims.sub) }])
      expect((await toHaveProvisioned(server, who)).pass).toBe(true);
  });

  test('shows whom the server knows, and why the user is not among them', async () => {
    await post(server.mint({ email: 'bob@example.com' }).token);
    const { sub } = server.mint({ email: 'ada@example.com' }).claims;
    for (let sent = 0; sent < 2; sent++) await post(server.mint({ sub: String(sub), faults: ['expired'] }).token);
    const { pass, message } = said(await toHaveProvisioned(server, 'ada@example.com'));
    expect(pass).toBe(false);
    expect(message.split('\n')).toEqual([
      'expected ada@example.com to be provisioned once',
      '  members: none such',
      '  other members: bob@example.com',
      '  callbacks: 2 refused for expired',
    ]);
  });

  test('shows each of several members with one address', async () => {
    for (const sub of ['user_1', 'user_2']) {
      server.addUser({ email: 'ada@example.com', id: sub });
      await post(server.mint({ sub }).token);
    }
    const { pass, message } = said(await toHaveProvisioned(server, 'ada@example.com'));
    expect(pass).toBe(false);
    expect(message.match(/member: mem_\w+ ada@example.com user_[12], keys: 1/g)).toHaveLength(2);
    expect((await toHaveProvisioned(server, 'user_1')).pass).toBe(true);
  });

  test('has nothing to show of an empty server', async () => {
    const { message } = said(await toHaveProvisioned(server, 'user_1'));
    expect(message).toBe('expected user_1 to be provisioned once\n  members: none such\n  callbacks: none');
  });
});

describe('a wrong use is a TypeError', () => {
  const answer: AnswerLike = { status: 200, text: '{}' };
  test.each<[string, () => Promise<unknown>, RegExp]>([
    ['an answer compared with itself', () => toBeReplayOf(answer, answer), /is the first one itself/],
    [
      'no answer',
      () => toBeReplayOf(undefined as unknown as AnswerLike, answer),
      /toBeReplayOf: an answer must be a response/,
    ],
    [
      'a text for an answer',
      () => toBeRefusedFor('401' as unknown as AnswerLike, 'expired'),
      /an answer must be a response/,
    ],
    ['an answer without a text', () => toBeRefusedFor({ status: 401 } as AnswerLike, 'expired'), /must have a text/],
    [
      'a reason',
      () => toBeRefusedFor(answer, 'expird'),
      /no answer has the reason "expird" \(did you mean expired\?\)/,
    ],
    ['the name of a prototype', () => toBeRefusedFor(answer, 'constructor'), /the reason "constructor"/],
    [
      'no reason',
      () => toBeRefusedFor(answer, undefined as unknown as string),
      /the reason must be a text, not undefined/,
    ],
    ['no server', () => toHaveProvisioned({} as TestServer, 'a@b.co'), /must be a server of startServer/],
    ['no user', () => toHaveProvisioned(server, undefined as unknown as ProvisionedUser), /must be an address, an id/],
    [
      'null',
      () => toHaveProvisioned(server, null as unknown as ProvisionedUser),
      /options must be an object, not null/,
    ],
    ['an empty user', () => toHaveProvisioned(server, {}), /email or sub must be given/],
    [
      'a typo',
      () => toHaveProvisioned(server, { emial: 'a@b.co' } as ProvisionedUser),
      /unknown option "emial" \(did you/,
    ],
    [
      'a body that was read',
      async () => {
        const read = await post('x');
        await read.text();
        return toBeRefusedFor(read, 'expired');
      },
      /was read before; give a clone/,
    ],
  ])('%s', async (_, call, message) => {
    const error = await call().then(String, (thrown: TypeError) => thrown);
    expect(error).toBeInstanceOf(TypeError);
    expect((error as TypeError).message).toMatch(message);
  });
});

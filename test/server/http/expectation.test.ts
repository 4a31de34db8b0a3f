/** `Expect` (RFC 9110 section 10.1.1): who waits to be asked for a body is asked when it is read, and at no other time. */
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answersIn, bytesOf, collected, conversation, open, type RawRequest } from '../../support/raw-socket.ts';
import { type TestServer, testServer } from '../../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const CONTINUE = 'Expect: 100-continue';
const JSON_TYPE = 'Content-Type: application/json';
const CLOSE = 'Connection: close';
const bytes = (request: RawRequest = {}) => bytesOf(server.running.port, request);
const post = (lines: readonly string[], body = '', version?: '1.0') =>
  bytes({ method: 'POST', target: '/v1/auth/web/callback', lines, body, ...(version ? { version } : {}) });
const credential = () => `Authorization: Bearer ${server.mint().token}`;
const statuses = async (text: string) => (await conversation(server.running.port, text)).map(({ status }) => status);

const BODIES: readonly [string, readonly string[], string][] = [
  ['no body', [], ''],
  ['an empty body', ['Content-Length: 0'], ''],
  ['a body with a length', [JSON_TYPE, 'Content-Length: 2'], '{}'],
  ['a body in chunks', [JSON_TYPE, 'Transfer-Encoding: chunked'], '2\r\n{}\r\n0\r\n\r\n'],
  ['an empty body in chunks', [JSON_TYPE, 'Transfer-Encoding: chunked'], '0\r\n\r\n'],
];

describe.each(BODIES)('a request that expects 100 and brings %s along', (_, lines, body) => {
  test('is answered like any other: nothing gets into the answers around it', async () => {
    const { token } = server.mint({ email: `expect-${BODIES.findIndex(([, each]) => each === lines)}@example.com` });
    const signIn = post([`Authorization: Bearer ${token}`, CONTINUE, ...lines], body);
    const answers = await conversation(
      server.running.port,
      bytes() + signIn + bytes() + signIn + signIn + bytes({ lines: [CLOSE] }),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
    const [, first, , ...replays] = answers;
    expect(first?.body.default_api_key.secret).toMatch(/^ap_pk_/);
    expect(replays.slice(0, 2).map(({ text }) => text)).toEqual([first?.text, first?.text]);
  });

  test('is answered when it is refused, and so is what follows', async () => {
    expect(await statuses(bytes() + post([CONTINUE, ...lines], body) + bytes({ lines: [CLOSE] }))).toEqual([
      200, 401, 200,
    ]);
  });

  test('is not told to go on over HTTP/1.0', async () => {
    expect(await statuses(post([credential(), CONTINUE, ...lines], body, '1.0'))).toEqual([200]);
  });
});

describe('a client that waits for 100', () => {
  const waiting = ['Content-Length: 2', JSON_TYPE, CONTINUE];

  test.each(['100-continue', '100-Continue', ' 100-continue , 100-continue'])(
    'with Expect: %s is asked for its body',
    async (value) => {
      const socket = await open(server.running.port);
      const all = collected(socket);
      socket.write(bytes() + post([credential(), JSON_TYPE, 'Content-Length: 2', `Expect: ${value}`]));
      let soFar = '';
      while (!soFar.includes('100 Continue')) soFar += (await once(socket, 'data'))[0];
      socket.write(`{}${bytes({ lines: [CLOSE] })}`);
      const [interim, rest] = (await all).split('HTTP/1.1 100 Continue\r\n\r\n');
      expect(answersIn(interim ?? '').map(({ status }) => status)).toEqual([200]);
      expect(answersIn(rest ?? '').map(({ status }) => status)).toEqual([200, 200]);
    },
  );

  test.each<[string, RawRequest, number]>([
    ['without a credential', { lines: waiting }, 401],
    [
      'with a body that is too large',
      { lines: [CONTINUE, JSON_TYPE, 'Content-Length: 1000000', 'Authorization: Bearer a.b.c'] },
      413,
    ],
    [
      'with a body of another type',
      { lines: [CONTINUE, 'Content-Type: text/plain', 'Content-Length: 2', 'Authorization: Bearer a.b.c'] },
      400,
    ],
    ['at another host', { lines: waiting, host: 'evil.example' }, 421],
    ['from a page of another origin', { lines: [...waiting, 'Origin: https://evil.example'] }, 403],
    ['for another method', { lines: waiting, method: 'PUT' }, 405],
    ['for a path that is none', { lines: waiting, target: '/nothing' }, 404],
  ])('%s hears its refusal at once, and the connection ends', async (_, request, status) => {
    const [answer, ...more] = await conversation(
      server.running.port,
      bytes({ method: 'POST', target: '/v1/auth/web/callback', ...request }),
    );
    expect([answer?.status, more.length]).toEqual([status, 0]);
  });
});

describe('an expectation that this server does not know', () => {
  test.each(['the-impossible', '100-continue, the-impossible', 'x-100-continue', '100-continue; q=1', '200-ok'])(
    '%s: 417 in the envelope, and what follows is answered',
    async (value) => {
      const lines = [`Expect: ${value}`, 'X-Request-Id: of-the-expectation'];
      const answers = await conversation(server.running.port, bytes({ lines }) + bytes({ lines: [CLOSE] }));
      expect(answers.map(({ status }) => status)).toEqual([417, 200]);
      expect(answers[0]?.body.error).toMatchObject({ code: 'expectation_failed', request_id: 'of-the-expectation' });
    },
  );

  test('ends the connection where the body has not come', async () => {
    expect(await statuses(post([credential(), JSON_TYPE, 'Content-Length: 2', 'Expect: more']))).toEqual([417]);
  });

  test('is not looked at over HTTP/1.0', async () => {
    expect(await statuses(bytes({ version: '1.0', lines: ['Expect: the-impossible'] }))).toEqual([200]);
  });

  test('provisions no user', async () => {
    const { token } = server.mint({ email: 'unmet@example.com' });
    expect(await statuses(post([`Authorization: Bearer ${token}`, 'Expect: more', CLOSE]))).toEqual([417]);
    expect((await server.get('/v1/web/workspace', token)).status).toBe(403);
  });
});

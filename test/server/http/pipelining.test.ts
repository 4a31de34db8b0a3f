/** Requests that come in one packet: each gets one answer, in its turn, whatever stands behind it. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  bytesOf,
  conversation,
  conversationInParts,
  type RawAnswer,
  type RawRequest,
} from '../../support/raw-socket.ts';
import { type TestServer, testServer } from '../../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
beforeEach(() => void server.logged.splice(0));
afterAll(() => server[Symbol.asyncDispose]());

const CLOSE = 'Connection: close';
let names = 0;
const freshName = () => `request-number-${++names}`;
const bytes = (request: RawRequest = {}) => bytesOf(server.running.port, request);
const talk = (text: string, options?: { end: boolean }) => conversation(server.running.port, text, options);
const statuses = (answers: readonly RawAnswer[]) => answers.map(({ status }) => status);
const ids = (answers: readonly RawAnswer[]) => answers.map(({ headers }) => headers.get('x-request-id'));

function signIn(token: string, id = freshName(), more: readonly string[] = [], body = ''): string {
  const lines = [`Authorization: Bearer ${token}`, `X-Request-Id: ${id}`, ...more];
  return bytes({ method: 'POST', target: '/v1/auth/web/callback', lines, body });
}

describe('requests in one packet', () => {
  test('are answered in their order, each under its own request id', async () => {
    const wanted = Array.from({ length: 40 }, freshName);
    const requests = wanted.map((id, index) =>
      bytes({ target: index % 3 === 0 ? '/nothing' : '/healthz', lines: [`X-Request-Id: ${id}`] }),
    );
    const answers = await talk([...requests, bytes({ lines: [CLOSE] })].join(''));
    expect(ids(answers).slice(0, -1)).toEqual(wanted);
    expect(statuses(answers)).toEqual([...wanted.map((_, index) => (index % 3 === 0 ? 404 : 200)), 200]);
  });

  test('are worked on one after another: a sign-in is there for the request behind it', async () => {
    const { token } = server.mint({ email: 'behind@example.com' });
    const read = { target: '/v1/web/workspace', lines: [`Authorization: Bearer ${token}`] };
    const answers = await talk(bytes(read) + signIn(token) + bytes({ ...read, lines: [...read.lines, CLOSE] }));
    expect(statuses(answers)).toEqual([403, 200, 200]);
  });

  test('of one token are one sign-in and its replays, byte for byte', async () => {
    const { token } = server.mint({ email: 'many@example.com' });
    const [first, ...replays] = await talk(signIn(token).repeat(20) + signIn(token, freshName(), [CLOSE]));
    expect(first?.body.default_api_key.secret).toMatch(/^ap_pk_/);
    expect(replays.map(({ text, headers }) => [text, headers.get('idempotency-replayed')])).toEqual(
      Array.from({ length: 20 }, () => [first?.text, 'true']),
    );
  });

  test('with bodies of either kind are told apart', async () => {
    const { token } = server.mint();
    const json = 'Content-Type: application/json';
    const answers = await talk(
      signIn(token, freshName(), [json, 'Content-Length: 16'], '{"GET / HTTP/1"}') +
        signIn(token, freshName(), [json, 'Transfer-Encoding: chunked'], '5\r\n{"a":\r\n2\r\n1}\r\n0\r\n\r\n') +
        bytes({ lines: [CLOSE] }),
    );
    expect(statuses(answers)).toEqual([200, 200, 200]);
  });

  test('are answered when their sender says that this is all', async () => {
    const { token } = server.mint();
    const answers = await talk(bytes().repeat(100) + signIn(token) + bytes(), { end: true });
    expect(statuses(answers)).toEqual(Array.from({ length: 102 }, () => 200));
  });

  test('beyond the thousandth get no answer, and no empty one either', async () => {
    const answers = await talk(bytes().repeat(1500));
    expect(statuses(answers)).toEqual(Array.from({ length: 1000 }, () => 200));
    expect(answers.at(-1)?.headers.get('connection')).toBe('close');
  });
});

describe.each<[string, string]>([
  ['words', 'this is no request\r\n\r\n'],
  ['a TLS greeting', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ['zeros', '\0\0\0\0'],
  ['random bytes', `\xff${randomBytes(300).toString('latin1')}\r\n\r\n`],
  ['a greeting of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['a request with two lengths', 'GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'],
  ['headers beyond every limit', `GET / HTTP/1.1\r\nX-Large: ${'a'.repeat(20_000)}\r\n\r\n`],
])('%s behind a sign-in', (_, garbage) => {
  test('leaves it its answer and its request id, and gets an answer of its own', async () => {
    const { token } = server.mint({ email: `${freshName()}@example.com` });
    const id = freshName();
    const [answer, refusal, ...more] = await talk(signIn(token, id) + garbage);
    expect([answer?.status, answer?.headers.get('x-request-id')]).toEqual([200, id]);
    expect(answer?.body.default_api_key.secret).toMatch(/^ap_pk_/);
    expect([400, 431]).toContain(refusal?.status);
    expect(refusal?.body.error.request_id).toMatch(/^req_/);
    expect(refusal?.headers.get('connection')).toBe('close');
    expect(more).toEqual([]);
    expect(server.logged.map(({ status }) => status)).toEqual([200, refusal?.status]);
    expect((await server.post(token)).bytes.toString()).toBe(answer?.text);
  });

  test('that asks for the end of the connection is not looked at', async () => {
    const { token } = server.mint();
    const answers = await talk(signIn(token, freshName(), [CLOSE]) + garbage);
    expect(statuses(answers)).toEqual([200]);
    expect(server.logged.map(({ status }) => status)).toEqual([200]);
  });
});

describe('a request that breaks off behind others', () => {
  test('in its header: the others are answered, and it gets 400', async () => {
    const answers = await talk(`${bytes()}${bytes({ target: '/nothing' })}GET /healthz HTTP/1.1\r\nHost: `, {
      end: true,
    });
    expect(statuses(answers)).toEqual([200, 404, 400]);
  });

  test.each([
    ['with a chunk that is none', 'Transfer-Encoding: chunked', 'zz\r\n'],
    ['in the middle of a chunk', 'Transfer-Encoding: chunked', '10\r\n{"a"'],
    ['short of its length', 'Content-Length: 100', '{"a"'],
  ])('%s: they are answered, and it gets 400 under its own request id', async (_, line, body) => {
    const id = freshName();
    const lines = ['Content-Type: application/json', line];
    const answers = await talk(bytes() + signIn(server.mint().token, id, lines, body), { end: true });
    expect(statuses(answers)).toEqual([200, 400]);
    expect(answers[1]?.body.error.request_id).toBe(id);
    await expect
      .poll(() => server.logged.map(({ status, request_id }) => [status, request_id]))
      .toContainEqual([400, id]);
    expect(server.bugs).toEqual([]);
  });

  test('after it was answered: no second answer', async () => {
    const lines = ['Transfer-Encoding: chunked'];
    const answers = await talk(bytes({ lines, body: '5\r\nabcde\r\n' }), { end: true });
    expect(answers.length).toBe(1);
  });
});

describe('a request that asks for another protocol', () => {
  const upgrade = (...lines: string[]) => ['Connection: Upgrade', ...lines];

  test.each([
    ['a web socket', upgrade('Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAA')],
    ['HTTP/2 without TLS', ['Connection: keep-alive, Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AA']],
    ['TLS', upgrade('Upgrade: TLS/1.3')],
    ['several', upgrade('Upgrade: websocket, h2c')],
    ['in capitals', ['CONNECTION: UPGRADE', 'UPGRADE: WEBSOCKET']],
  ])('%s: it is answered, and so are those around it', async (_, lines) => {
    const id = freshName();
    const { token } = server.mint();
    const answers = await talk(
      bytes() + signIn(token, id, lines) + bytes({ target: '/nothing' }) + bytes({ lines }) + bytes({ lines: [CLOSE] }),
    );
    expect(statuses(answers)).toEqual([200, 200, 404, 200, 200]);
    expect(ids(answers)[1]).toBe(id);
    expect(answers.map(({ headers }) => headers.get('upgrade'))).toEqual([null, null, null, null, null]);
  });

  test('with a body: both are read, and what follows is a request', async () => {
    const { token } = server.mint();
    const lines = [...upgrade('Upgrade: h2c'), 'Content-Type: application/json'];
    const answers = await talk(
      signIn(token, freshName(), [...lines, 'Content-Length: 2'], '{}') +
        signIn(token, freshName(), [...lines, 'Transfer-Encoding: chunked'], '2\r\n{}\r\n0\r\n\r\n') +
        bytes({ lines: [CLOSE] }),
    );
    expect(statuses(answers)).toEqual([200, 200, 200]);
  });

  test('with a body that is too large: it is refused, and what follows is a request', async () => {
    const { token } = server.mint();
    const lines = [...upgrade('Upgrade: h2c'), 'Content-Type: application/json', 'Content-Length: 2000'];
    const answers = await talk(signIn(token, freshName(), lines, 'x'.repeat(2000)) + bytes({ lines: [CLOSE] }));
    expect(statuses(answers)).toEqual([413, 200]);
  });

  test.each([
    ['of known length', 'Content-Length: 10', ['{"a":', '"bc"}'], 200],
    ['in chunks', 'Transfer-Encoding: chunked', ['5\r\n{"a":\r\n', '5\r\n"bc"}\r\n', '0\r\n\r\n'], 200],
    [
      'in chunks that are cut',
      'Transfer-Encoding: chunked',
      ['5\r\n{"', 'a":\r\n5', '\r\n"bc"}\r\n0\r\n', '\r\n'],
      200,
    ],
    ['one byte at a time', 'Content-Length: 10', [...'{"a":"bc"}'], 200],
    ['too large', 'Content-Length: 2000', ['x'.repeat(1000), 'x'.repeat(1000)], 413],
  ])(
    'with a body %s that comes in parts: both are read, and what follows is a request',
    async (_, length, parts, status) => {
      const { token } = server.mint();
      const lines = [...upgrade('Upgrade: websocket'), 'Content-Type: application/json', length];
      const sent = [
        signIn(token, freshName(), lines),
        ...parts,
        bytes({ target: '/nothing' }) + bytes({ lines: [CLOSE] }),
      ];
      expect(statuses(await conversationInParts(server.running.port, sent))).toEqual([status, 404, 200]);
    },
  );

  test('and ends its half, or the connection', async () => {
    const lines = upgrade('Upgrade: websocket');
    expect(statuses(await talk(bytes({ lines }) + bytes(), { end: true }))).toEqual([200, 200]);
    expect(statuses(await talk(bytes({ lines: ['Connection: Upgrade, close', 'Upgrade: x'] }) + bytes()))).toEqual([
      200,
    ]);
  });

  test('with a body that is broken: it is refused once, and nothing behind it is a request', async () => {
    const lines = [...upgrade('Upgrade: h2c'), 'Transfer-Encoding: chunked'];
    const sent = signIn('x', freshName(), lines, 'zz\r\n') + bytes();
    expect(statuses(await talk(sent))).toEqual([400]);
  });

  test('and brings something else than a request: that gets an answer of its own', async () => {
    const answers = await talk(`${bytes({ lines: upgrade('Upgrade: websocket') })}\x81\x85abcd`);
    expect(statuses(answers)).toEqual([200, 400]);
  });
});

describe('CONNECT', () => {
  test.each(['127.0.0.1:22', 'evil.example:443', '[::1]:1', '/healthz'])(
    '%s: 405 in the envelope, and no tunnel',
    async (target) => {
      const id = freshName();
      const answers = await talk(
        `${bytes()}${bytes({ method: 'CONNECT', target, lines: [`X-Request-Id: ${id}`] })}SSH-2.0-Anything\r\n${bytes()}`,
      );
      expect(statuses(answers)).toEqual([200, 405]);
      expect(answers[1]?.body.error).toMatchObject({ code: 'method_not_allowed', request_id: id });
      expect(answers[1]?.headers.get('allow')).toBe('GET, HEAD, POST');
      expect(server.logged.at(-1)).toMatchObject({ method: 'CONNECT', path: target, status: 405, request_id: id });
    },
  );
});

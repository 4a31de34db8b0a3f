/** Clients that take their time. Each server here has one limit that can be reached, and is patient in all else. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PATIENCE, type Patience } from '../../../src/server/http/patience.ts';
import { ROOT } from '../../docs/markdown.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { answersIn, bytesOf, collected, open, type RawAnswer } from '../../support/raw-socket.ts';
import { type TestServer, testServer } from '../../support/server.ts';

const HOUR = 3_600_000;
/** For a request that is sent at once to arrive, on a busy machine too. */
const ENOUGH = 2000;
const patientServer = (patience: Partial<Patience>) =>
  testServer({}, temporaryDirectory(), {
    patience: { headerMs: HOUR, requestMs: HOUR, idleMs: HOUR, takeMs: HOUR, lookMs: 20, ...patience },
  });

/** Sends the text, then a byte of the rest now and then, until the server closes the connection. */
async function drip(
  { running }: TestServer,
  text: string,
  rest = '',
): Promise<{ readonly answers: RawAnswer[]; readonly ms: number }> {
  const started = performance.now();
  const socket = await open(running.port);
  socket.write(text);
  let sent = 0;
  const dripping = setInterval(() => {
    if (socket.writable && sent < rest.length) socket.write(rest.charAt(sent++));
  }, 10);
  const answers = answersIn(await collected(socket));
  clearInterval(dripping);
  return { answers, ms: performance.now() - started };
}

const statuses = (answers: readonly RawAnswer[]) => answers.map(({ status }) => status);
const LATE = [408, 'invalid_request'];
const refusal = ([first]: readonly RawAnswer[]) => [first?.status, first?.body.error.code];

/** A request for a user to be made, up to its body. */
const userRequest = ({ running: { port } }: TestServer, lines: readonly string[], body: string) =>
  bytesOf(port, {
    method: 'POST',
    target: '/user_management/users',
    lines: ['Authorization: Bearer sk_test_local', 'Content-Type: application/json', ...lines],
    body,
  });

describe.concurrent('a slow client', () => {
  test('gets 408 and is closed without a first byte', async () => {
    await using server = await patientServer({ headerMs: 200 });
    const { answers, ms } = await drip(server, '');
    expect(refusal(answers)).toEqual(LATE);
    expect(ms).toBeGreaterThanOrEqual(200);
  });

  test('gets 408 and is closed when its headers take too long, though bytes keep coming', async () => {
    await using server = await patientServer({ headerMs: 200 });
    const { answers, ms } = await drip(server, 'GET /healthz HTTP/1.1\r\n', `X-Slow: ${'a'.repeat(10_000)}`);
    expect(refusal(answers)).toEqual(LATE);
    expect(ms).toBeGreaterThanOrEqual(200);
  });

  test('gets 408 and is closed when its body takes too long, though bytes keep coming: later than for headers', async () => {
    await using server = await patientServer({ headerMs: ENOUGH - 500, requestMs: ENOUGH });
    const request = userRequest(server, ['Transfer-Encoding: chunked'], '1000\r\n');
    const { answers, ms } = await drip(server, request, 'x'.repeat(4000));
    expect(refusal(answers)).toEqual(LATE);
    expect(ms).toBeGreaterThanOrEqual(ENOUGH);
    expect(server.bugs).toEqual([]);
  });

  test('is closed without a second request', async () => {
    await using server = await patientServer({ idleMs: 200 });
    const { answers, ms } = await drip(server, bytesOf(server.running.port, {}));
    expect(statuses(answers)).toEqual([200]);
    expect(ms).toBeGreaterThanOrEqual(200);
  });

  test('that sends empty lines after its first request is disconnected', async () => {
    await using server = await patientServer({ idleMs: 200, headerMs: ENOUGH });
    const { answers } = await drip(server, bytesOf(server.running.port, {}), '\r\n'.repeat(5000));
    expect(statuses(answers)).toEqual([200]);
  });

  test('is disconnected after its answer when its body does not come', async () => {
    await using server = await patientServer({ headerMs: ENOUGH, requestMs: ENOUGH });
    const lines = ['Content-Length: 10000', 'X-Request-Id: body-to-come'];
    const { answers } = await drip(server, bytesOf(server.running.port, { lines }), 'x'.repeat(5000));
    expect(answers.map(({ status, text }) => [status, text])).toEqual([[200, '{"status":"ok"}']]);
  });
});

describe.concurrent('the beginning of a second request', () => {
  const BEGINNING = 'GET /healthz HTTP/1.1\r\nX-Slow: ';
  const whole = ({ running: { port } }: TestServer) => bytesOf(port, {});
  const chunked = (server: TestServer) => userRequest(server, ['Transfer-Encoding: chunked'], '2\r\n{}\r\n0\r\n\r\n');
  const sized = (server: TestServer) => userRequest(server, ['Content-Length: 2'], '{}');
  const empty = (server: TestServer) => userRequest(server, ['Content-Length: 0'], '');

  test.each([
    ['a request without a body', whole, 200],
    ['a request with chunks', chunked, 422],
    ['a request with a body of a certain length', sized, 422],
    ['a request with an empty body', empty, 422],
  ])('gets 408 behind the answer to %s, however soon an idle connection is closed', async (_, first, status) => {
    await using server = await patientServer({ idleMs: 100, headerMs: ENOUGH });
    const { answers } = await drip(server, first(server) + BEGINNING);
    expect(statuses(answers)).toEqual([status, 408]);
  });

  test('gets 408 also when it comes later', async () => {
    await using server = await patientServer({ headerMs: ENOUGH });
    const socket = await open(server.running.port);
    const all = collected(socket);
    socket.write(whole(server));
    await once(socket, 'data');
    socket.write(BEGINNING);
    expect(statuses(answersIn(await all))).toEqual([200, 408]);
  });

  test.each([
    ['without a body', whole, 200],
    ['with chunks', chunked, 422],
    ['with a body of a certain length', sized, 422],
    ['with an empty body', empty, 422],
  ])(
    'is not waited for in vain: a connection after a request %s is closed without an answer',
    async (_, first, status) => {
      await using server = await patientServer({ idleMs: 100, headerMs: ENOUGH });
      const { answers } = await drip(server, first(server));
      expect(statuses(answers)).toEqual([status]);
    },
  );
});

describe('a hundred slow clients', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await testServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test('do not delay the others', async () => {
    const slow = await Promise.all(Array.from({ length: 100 }, () => open(server.running.port)));
    for (const socket of slow) socket.write('GET /healthz HTTP/1.1\r\nX-Slow: ');
    const first = await Promise.race([server.get('/healthz'), ...slow.map((socket) => once(socket, 'close'))]);
    expect(first).toMatchObject({ status: 200 });
    for (const socket of slow) socket.destroy();
  });
});

test('a server waits as long as docs/architecture.md says', () => {
  const { headerMs, requestMs, takeMs, idleMs } = PATIENCE;
  expect([headerMs, takeMs, idleMs, requestMs]).toEqual([5000, 5000, 5000, 10_000]);
  const page = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8').replaceAll(/\s+/g, ' ');
  expect(page).toContain('(5 seconds for a header and for taking an answer, 10 for a body)');
});

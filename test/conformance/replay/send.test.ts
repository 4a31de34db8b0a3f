import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { sendAll, sendCallback } from '../../../src/conformance/replay/send.ts';
import { callbackAnswer, json, scriptedServer } from './scripted-server.ts';

test('sends all requests before reading the first answer', async () => {
  const waiting: ServerResponse[] = [];
  await using server = await scriptedServer((response) => {
    waiting.push(response);
    // No request is answered until all have arrived: fewer at a time would never end.
    if (waiting.length === 64) for (const one of waiting) json(one, 200, callbackAnswer('seen'));
  });
  const answers = await sendAll(64, 64, () => ({ url: server.url, token: 'a.b.c', timeoutMs: 5000 }));
  expect(answers.map(({ status }) => status)).toEqual(Array(64).fill(200));
});

test('sends all requests, at most --concurrency at once', async () => {
  let running = 0;
  let most = 0;
  await using server = await scriptedServer((response) => {
    most = Math.max(most, ++running);
    setImmediate(() => {
      running -= 1;
      json(response, 200, callbackAnswer('seen'));
    });
  });
  const order: number[] = [];
  const answers = await sendAll(50, 4, (index) => {
    order.push(index);
    return { url: server.url, token: `a.b.${index}` };
  });
  expect(answers).toHaveLength(50);
  expect(most).toBeLessThanOrEqual(4);
  expect(order).toEqual(Array.from({ length: 50 }, (_, index) => index));
});

test('returns answers in the order of the sends', async () => {
  const held: (() => void)[] = [];
  await using server = await scriptedServer((response, _, request) => {
    held.push(() => json(response, 200, callbackAnswer('seen', request.headers.authorization ?? '')));
    if (held.length === 3) for (const answer of held.reverse()) answer();
  });
  const answers = await sendAll(3, 3, (index) => ({ url: server.url, token: `a.b.${index}` }));
  expect(answers.map(({ body }) => body)).toMatchObject(
    [0, 1, 2].map((n) => ({ workspace: { name: `Bearer a.b.${n}` } })),
  );
});

test('aborts the other sends when one fails, and throws its failure', async () => {
  await using server = await scriptedServer((response, n) => {
    if (n === 3) response.destroy();
  });
  const sending = sendAll(8, 8, () => ({ url: server.url, token: 'a.b.c', timeoutMs: 60_000 }));
  await expect(sending).rejects.toMatchObject({ code: 'unreachable' });
});

test("aborts a send with the signal's reason", async () => {
  const controller = new AbortController();
  const reason = new Error('enough');
  await using server = await scriptedServer(() => controller.abort(reason));
  await expect(sendCallback({ url: server.url, token: undefined, signal: controller.signal })).rejects.toBe(reason);
  expect(server.tokens).toEqual([undefined]);
});

test('returns headers, code and reason of an answer', async () => {
  await using server = await scriptedServer((response) =>
    json(
      response,
      503,
      { error: { code: 'database_unavailable', message: 'busy', request_id: 'request-1', reason: 'database_busy' } },
      { 'retry-after': '2', 'x-request-id': 'request-1' },
    ),
  );
  expect(await sendCallback({ url: server.url, token: 'a.b.c', requestId: 'request-1' })).toMatchObject({
    status: 503,
    code: 'database_unavailable',
    reason: 'database_busy',
    outcome: 'unavailable',
    headers: { replayed: false, retryAfter: 2, requestId: 'request-1', contentType: 'application/json' },
  });
});

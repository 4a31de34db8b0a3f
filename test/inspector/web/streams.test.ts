/** Streams: live rows, who reads them, and how they end. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import type { StreamLine } from '../../../src/inspector/api-types.ts';
import { openStreams } from '../../../src/inspector/web/stream.ts';
import { open } from '../../support/raw-socket.ts';
import { type OpenedInspector, openedInspector } from './opened.ts';

/** The lines as they come. */
async function* linesOf({ body }: Response): AsyncGenerator<StreamLine> {
  let rest = '';
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    const lines = (rest + Buffer.from(chunk).toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield JSON.parse(line);
  }
}

const streamOf = (inspector: OpenedInspector, after?: number) =>
  inspector.fetch(`/api/callbacks/stream${after === undefined ? '' : `?after=${after}`}`);

test('tells of each callback when it begins, and of its row, in order', async () => {
  await using inspector = await openedInspector();
  const lines = linesOf(await streamOf(inspector));
  const token = await inspector.mint('--email', 'ada@example.com');
  await inspector.post(token, { 'x-request-id': 'request_first' });
  await inspector.post(undefined, { 'x-request-id': 'request_second' });
  const rows: string[] = [];
  const began: string[] = [];
  for await (const line of lines) {
    if (line.type === 'began') began.push(line.request_id);
    if (line.type === 'callback') rows.push(`${line.callback.request_id} ${line.callback.outcome}`);
    if (rows.length === 2) break;
  }
  expect(began).toEqual(['request_first', 'request_second']);
  expect(rows).toEqual(['request_first provisioned', 'request_second refused']);
});

test('goes on after a row, and says how many it left out of more than 200', async () => {
  await using inspector = await openedInspector();
  for (let batch = 0; batch < 5; batch++)
    await Promise.all(Array.from({ length: 50 }, async () => (await inspector.post('x')).text()));
  await expect.poll(async () => (await inspector.json('/api/callbacks?limit=1')).items[0]?.id).toBe(250);
  const lines: StreamLine[] = [];
  for await (const line of linesOf(await streamOf(inspector, 10))) {
    lines.push(line);
    if (line.type === 'callback' && line.callback.id === 250) break;
  }
  expect(lines[0]).toEqual({ type: 'gap', skipped: 40 });
  const rows = lines.flatMap((line) => (line.type === 'callback' ? line.callback.id : []));
  expect(rows).toEqual(Array.from({ length: 200 }, (_, index) => index + 51));
  const some = [];
  for await (const line of linesOf(await streamOf(inspector, 248))) {
    some.push(line);
    if (some.length === 2) break;
  }
  expect(some.map((line) => line.type === 'callback' && line.callback.id)).toEqual([249, 250]);
});

test.each([999_999, 1_000_000, 999_999_999_999_999])(
  'goes on after row %i of a log that has dropped many',
  async (after) => {
    await using inspector = await openedInspector();
    const response = await inspector.fetch(`/api/callbacks/stream?after=${after}`);
    expect(response.status).toBe(200);
    await response.body?.cancel();
  },
);

test('ends at once when the server stops, and the server with it', async () => {
  await using inspector = await openedInspector();
  const responses = await Promise.all(Array.from({ length: 5 }, () => streamOf(inspector)));
  const ended = Promise.all(responses.map((response) => response.text().catch(() => 'cut')));
  expect(await inspector.server.stop()).toBe(0);
  await ended;
});

test('has 16 readers, and tells the next one to ask again', async () => {
  await using inspector = await openedInspector();
  const responses = await Promise.all(Array.from({ length: 16 }, () => streamOf(inspector)));
  expect(responses.map(({ status }) => status)).toEqual(Array(16).fill(200));
  const refused = await streamOf(inspector);
  expect({ status: refused.status, body: await refused.json() }).toMatchObject({
    status: 503,
    body: { error: { code: 'too_many_streams' } },
  });
  const closed = responses[0]?.body?.cancel();
  await closed;
  for (;;) {
    const next = await streamOf(inspector); // the place is free once the server has seen the end
    if (next.status === 200) break;
    await next.text();
  }
});

test('drops a reader who does not read, after a megabyte', async () => {
  const streams = openStreams();
  const ended = Promise.withResolvers<number>();
  const server = createServer((_, outgoing) =>
    streams.open(outgoing, async (stream) => {
      let lines = 0;
      for (; !stream.ended.aborted; lines++) {
        stream.write({ text: 'x'.repeat(1000) });
        await new Promise(setImmediate);
      }
      ended.resolve(lines);
    }),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = await open((server.address() as AddressInfo).port);
  socket.pause();
  socket.on('error', () => undefined);
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  expect(await ended.promise).toBeGreaterThan(1000);
  socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

import { once } from 'node:events';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../support/directory.ts';
import { gateBefore } from '../support/gate.ts';
import { bytesOf, open, received } from '../support/raw-socket.ts';
import { testServer } from '../support/server.ts';

test('256 connections are held, the next one is closed, and a free place is taken again', async () => {
  await using server = await testServer();
  const { port } = server.running;
  const held = await Promise.all(Array.from({ length: 256 }, () => open(port)));
  const oneTooMany = await received(await open(port));
  expect(oneTooMany.status).toBe(0);

  const [first] = held;
  first?.write(bytesOf(port, { lines: ['Connection: close'] }));
  if (first) expect((await received(first)).status).toBe(200);
  await expect.poll(async () => (await received(await asked(port))).status).toBe(200);
  for (const socket of held) socket.destroy();
});

async function asked(port: number) {
  const socket = await open(port);
  socket.write(bytesOf(port, { lines: ['Connection: close'] }));
  return socket;
}

test('a connection ends with its thousandth answer', async () => {
  await using server = await testServer();
  const { port } = server.running;
  const socket = await open(port);
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk) => {
    text += chunk;
  });
  socket.write(bytesOf(port, {}).repeat(1000));
  await once(socket, 'close');
  const answers = text.split('HTTP/1.1 ').slice(1);
  expect(answers.map((answer) => answer.slice(0, 3))).toEqual(Array.from({ length: 1000 }, () => '200'));
  expect(answers.filter((answer) => /^connection: close/im.test(answer))).toEqual([answers.at(-1)]);
  expect((await server.get('/healthz')).status).toBe(200);
});

test('a client that leaves before its answer changes nothing: the next one gets it', async () => {
  const gate = gateBefore('answer');
  await using server = await testServer({}, temporaryDirectory(), gate.wrapping);
  const { token } = server.mint();
  const leaving = new AbortController();
  const left = fetch(server.callbackUrl, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    signal: leaving.signal,
  });
  const aborted = expect(left).rejects.toThrow('aborted');
  await expect.poll(gate.arrived).toBe(1);
  leaving.abort();
  await aborted;
  gate.open();

  const answer = await server.post(token);
  expect(answer.body.default_api_key.secret).toMatch(/^ap_pk_/);
  expect(answer.headers.get('idempotency-replayed')).toBe('true');
  expect(server.bugs).toEqual([]);
});

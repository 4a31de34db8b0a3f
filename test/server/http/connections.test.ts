import { once } from 'node:events';
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../../support/directory.ts';
import { gateBefore } from '../../support/gate.ts';
import { bytesOf, open, received } from '../../support/raw-socket.ts';
import { testServer } from '../../support/server.ts';

test('holds 256 connections, closes the next one, and reuses a freed place', async () => {
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

test('gives the place of an idle connection to a new one', async () => {
  // By themselves, none of them ends.
  const patience = { headerMs: 3_600_000, requestMs: 3_600_000, idleMs: 3_600_000 };
  await using server = await testServer({}, temporaryDirectory(), { patience });
  const { port } = server.running;
  const held = await Promise.all(Array.from({ length: 256 }, () => open(port)));
  const [idle, ...silent] = held;
  idle?.write(bytesOf(port, {}));
  await once(idle as Socket, 'data');
  const closed = once(idle as Socket, 'close');
  await expect.poll(async () => (await received(await asked(port))).status).toBe(200);
  await closed;
  for (const socket of silent) socket.destroy();
});

test('closes a connection after its thousandth answer', async () => {
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

test('answers the next client when one leaves before its answer', async () => {
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

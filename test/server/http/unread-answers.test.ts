/** Clients that do not take their answers: they lose their place, and no other client waits for them. */
import { readdirSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { serverProcess } from '../../support/binary.ts';
import { SHOWS_DESCRIPTORS } from '../../support/descriptors.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { bytesOf, open, rawRequest, received } from '../../support/raw-socket.ts';
import { testServer } from '../../support/server.ts';

/** More than the buffers of any system take: 90 KB each. */
const MANY = 400;
const large = (port: number, count: number) => bytesOf(port, { target: '/openapi.json' }).repeat(count);

const descriptors = () => readdirSync('/proc/self/fd').length;
const megabytes = (pid: number) =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

function deaf(port: number, options: object = {}): Socket {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, ...options });
  socket.on('error', () => undefined).pause();
  return socket;
}

/** By what each of them does. */
const CLIENTS: readonly [string, (port: number) => Socket][] = [
  [
    'takes nothing',
    (port) => {
      const socket = deaf(port);
      socket.write(large(port, MANY));
      return socket;
    },
  ],
  [
    'takes nothing, and goes on asking',
    (port) => {
      const socket = deaf(port);
      const asking = setInterval(() => socket.write(large(port, 1)), 20);
      return socket.once('close', () => clearInterval(asking));
    },
  ],
  [
    'takes nothing, and has said that this was all',
    (port) => {
      const socket = deaf(port);
      socket.end(large(port, MANY));
      return socket;
    },
  ],
  [
    'takes half a kilobyte now and then',
    (port) => {
      const socket = deaf(port, { onread: { buffer: Buffer.alloc(512), callback: () => false } });
      socket.write(large(port, MANY));
      const taking = setInterval(() => socket.resume(), 200);
      return socket.once('close', () => clearInterval(taking));
    },
  ],
  [
    'stops in the middle',
    (port) => {
      const socket = deaf(port);
      let taken = 0;
      socket.on('data', (bytes) => {
        taken += bytes.length;
        if (taken > 300_000) socket.pause();
      });
      socket.resume();
      socket.write(large(port, MANY));
      return socket;
    },
  ],
  [
    'was refused, and keeps its end open',
    (port) => {
      const socket = deaf(port);
      socket.resume().write('this is no request\r\n\r\n');
      return socket;
    },
  ],
  [
    'was refused, and goes on sending',
    (port) => {
      const socket = deaf(port);
      const sending = setInterval(() => socket.write('this is no request\r\n\r\n'), 20);
      return socket.resume().once('close', () => clearInterval(sending));
    },
  ],
  [
    'asked for another protocol behind an answer that it does not take',
    (port) => {
      const socket = deaf(port);
      const lines = ['Connection: Upgrade', 'Upgrade: websocket'];
      socket.write(large(port, MANY / 2) + bytesOf(port, { lines }) + large(port, MANY / 2));
      return socket;
    },
  ],
];

test.skipIf(!SHOWS_DESCRIPTORS)(
  `is closed: the connection of a client that ${CLIENTS.map(([what]) => what).join('; ')}`,
  async () => {
    await using server = await testServer({}, temporaryDirectory(), {
      patience: { takeMs: 300, lingerMs: 300, lookMs: 20 },
    });
    const { port } = server.running;
    await rawRequest(port, { target: '/openapi.json' }); // now everything is loaded
    const before = descriptors();
    const clients = CLIENTS.map(([, client]) => client(port));
    /** Both ends are of this process, and the clients keep theirs. */
    const serverEnds = () => descriptors() - before - clients.filter(({ destroyed }) => !destroyed).length;
    await rawRequest(port); // now the server has accepted them
    await expect.poll(serverEnds).toBeLessThanOrEqual(0);
    for (const socket of clients) socket.destroy();
  },
);

test('256 of them at once: others are served, and the memory of the server is bounded', async () => {
  using directory = temporaryDirectory();
  await using server = await serverProcess(['--state-dir', directory.path, '--log', 'off']);
  const { port, pid } = server.ready;
  await rawRequest(port, { target: '/openapi.json' });
  const before = megabytes(pid);
  const clients = Array.from({ length: 256 }, () => deaf(port));
  for (const socket of clients) socket.write(large(port, 900));
  const served = async () => {
    const socket = await open(port);
    socket.write(bytesOf(port, { lines: ['Connection: close'] }));
    return (await received(socket)).status;
  };
  for (let count = 0; count < 5; count++) await expect.poll(served).toBe(200);
  expect(megabytes(pid) - before).toBeLessThan(300);
  for (const socket of clients) socket.destroy();
});

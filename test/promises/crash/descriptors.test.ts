import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { emptyState, expectSound, post, serve, signInsOf } from './state.ts';

/** The server opens about half of them. */
const DESCRIPTORS = 64;

test.skipIf(process.platform === 'win32')(
  `survives 200 connections with ${DESCRIPTORS} descriptors, and answers afterwards`,
  async () => {
    using state = emptyState();
    await using server = await serve(state, { wrapper: ['sh', '-c', `ulimit -n ${DESCRIPTORS} && exec "$@"`, 'sh'] });
    const [before] = signInsOf(state, 'user_1');
    expect(await post(server.ready.callback_url, before!)).toBe(200);

    const sockets = await Promise.all(Array.from({ length: 200 }, () => opened(server.ready.port)));
    const during = signInsOf(state, 'user_2')[0]!;
    expect(['lost', 200]).toContain(await post(server.ready.callback_url, during));
    for (const socket of sockets) socket.destroy();

    await expect.poll(() => post(server.ready.callback_url, during)).toBe(200);
    expect(await post(server.ready.callback_url, before!)).toBe(200);
    expect(await server.stop()).toBe(0);
    await expectSound(state);
  },
);

/** A connection that asks nothing; a server without descriptors takes it, or resets it. */
async function opened(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

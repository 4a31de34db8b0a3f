import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { BINARY, type RunOptions, type ServerProcess, serverProcess } from '../support/binary.ts';
import { temporaryDirectory } from '../support/directory.ts';

const INSPECT = '--inspect=127.0.0.1:0';

async function started(
  cwd: string,
  options: RunOptions,
): Promise<ServerProcess & { readonly debuggerIsOpen: boolean }> {
  const server = await serverProcess([], { cwd, ...options });
  await expect.poll(server.stderr).toContain('Debugger listening on ws://127.0.0.1:');
  const port = Number(/ws:\/\/127\.0\.0\.1:(\d+)/.exec(server.stderr())?.[1]);
  const socket = connect(port, '127.0.0.1');
  const debuggerIsOpen = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return { ...server, debuggerIsOpen };
}

test('closes a debugger opened by NODE_OPTIONS before the server is ready, with a warning', async () => {
  using directory = temporaryDirectory();
  await using server = await started(directory.path, { env: { NODE_OPTIONS: INSPECT } });
  expect(server.debuggerIsOpen).toBe(false);
  await expect.poll(server.stderr).toContain('NODE_OPTIONS opened a debugger');
  expect((await fetch(`${server.ready.url}/healthz`)).status).toBe(200);
});

test('leaves a debugger open that the command line asks for', async () => {
  using directory = temporaryDirectory();
  await using server = await started(directory.path, { program: [process.execPath, INSPECT, BINARY] });
  expect(server.debuggerIsOpen).toBe(true);
});

/** Commands beside a process that changes the same state: they wait for it, and then do their work. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { guardState } from '../../../src/machine/state-guard.ts';
import { heard, shell } from '../../support/shell.ts';

test.each([
  'mint',
  'mint --email new@example.com --count 3',
  'users add new@example.com',
  'users remove user_there',
  'sweep',
  'keys rotate',
  'keys rotate --pepper',
])('%s waits for a reset, and says so', async (command) => {
  using terminal = shell();
  const server = terminal.start('exec agent-paste serve --port 0');
  await heard(server.stderr!, 'is ready at');
  server.kill('SIGKILL');
  await terminal.run('agent-paste users add there@example.com --id user_there');
  const guard = await guardState(join(terminal.cwd, '.agent-paste'), 'agent-paste reset');
  const child = terminal.start(`agent-paste ${command}`);
  await heard(child.stderr!, 'waiting for agent-paste reset (pid');
  guard.release();
  expect(await once(child, 'close')).toEqual([0, null]);
});

test('a reset is refused while a replay mints tokens', async () => {
  using terminal = shell();
  await using silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  const replay = terminal.start(`exec agent-paste replay --url http://127.0.0.1:${port}`);
  const [socket] = (await once(silent, 'connection')) as [Socket];
  expect(await terminal.run('agent-paste reset --yes')).toMatchObject({
    code: 7,
    stderr: expect.stringContaining('is in use by a server or another command'),
  });
  socket.destroy();
  await once(replay, 'close');
  expect(await terminal.run('agent-paste reset --yes')).toMatchObject({ code: 0 });
});

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

test.each(['users add new@example.com', 'mint --email new@example.com'])(
  'a user of `%s` is created after the wait: the newest of the list has the latest time',
  async (command) => {
    using terminal = shell();
    await terminal.run('agent-paste users add there@example.com');
    const guard = await guardState(join(terminal.cwd, '.agent-paste'), 'a test');
    const child = terminal.start(`agent-paste ${command}`);
    await heard(child.stderr!, 'waiting for a test');
    const released = Date.now();
    guard.release();
    expect(await once(child, 'close')).toEqual([0, null]);
    const { items } = JSON.parse((await terminal.run('agent-paste users list --json')).stdout);
    expect(items.map(({ email }: { email: string }) => email)).toEqual(['new@example.com', 'there@example.com']);
    expect(Date.parse(items[0].created_at)).toBeGreaterThanOrEqual(released);
  },
);

test('the banner shows settings as a person writes them', async () => {
  using terminal = shell();
  const server = terminal.start(
    'exec agent-paste serve --port 0 --hold before-send=2s --idempotency-ttl 90m --in-flight conflict',
  );
  expect(await heard(server.stderr!, 'Try, in')).toContain(
    'idempotency-ttl 90m, in-flight conflict, hold before-send=2s',
  );
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

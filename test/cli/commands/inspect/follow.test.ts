import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { attemptsPath } from '../../../../src/store/sqlite/attempt-log.ts';
import { BINARY } from '../../../support/binary.ts';
import { execute } from '../../../support/database.ts';
import { temporaryDirectory } from '../../../support/directory.ts';
import { type TestServer, testServer } from '../../../support/server.ts';

interface Follower extends AsyncDisposable {
  readonly child: ChildProcess;
  /** The next line on stdout. */
  line(): Promise<string>;
  end(signal: NodeJS.Signals): Promise<number | null>;
}

function follow({ paths }: Pick<TestServer, 'paths'>, ...args: string[]): Follower {
  const child = spawn(process.execPath, [BINARY, '--state-dir', paths.directory, 'inspect', ...args, '--follow'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH ?? '' },
  });
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  const closed = once(child, 'close');
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null) child.kill(signal);
    await closed;
    return child.exitCode;
  };
  return {
    child,
    async line() {
      const { done, value } = await lines.next();
      if (done) throw new Error('nothing follows');
      return value;
    },
    end,
    async [Symbol.asyncDispose]() {
      await end('SIGKILL');
    },
  };
}

test('prints new callbacks as NDJSON after the earlier ones', async () => {
  await using server = await testServer();
  await server.post(server.mint().token, { 'x-request-id': 'req_before' });
  await using follower = follow(server, 'callbacks', '--json');
  expect(JSON.parse(await follower.line())).toMatchObject({ request_id: 'req_before', outcome: 'provisioned' });
  for (let n = 0; n < 10; n++) {
    const requestId = `req_number_${n}`;
    await server.post(server.mint().token, { 'x-request-id': requestId });
    expect(JSON.parse(await follower.line())).toMatchObject({ request_id: requestId, outcome: 'seen' });
  }
  expect(await follower.end('SIGINT')).toBe(130);
});

test('prints events as lines under a heading', async () => {
  await using server = await testServer();
  await using follower = follow(server, 'events');
  expect(await follower.line()).toMatch(/^TIME +ACTION/);
  await server.post(server.mint().token, { 'x-request-id': 'req_of_events' });
  expect(await follower.line()).toMatch(/workspace\.created .* req_of_events$/);
  expect(await follower.line()).toMatch(/api_key\.created .* req_of_events$/);
  expect(await follower.end('SIGTERM')).toBe(143);
});

test('applies the filter to new rows', async () => {
  await using server = await testServer();
  await using follower = follow(server, 'callbacks', '--outcome', 'refused', '--format', 'ndjson', '--limit', '1');
  await server.post(server.mint().token);
  await server.post('nonsense', { 'x-request-id': 'req_nonsense_1' });
  expect(JSON.parse(await follower.line()).request_id).toBe('req_nonsense_1');
  await server.post(server.mint().token);
  await server.post('nonsense', { 'x-request-id': 'req_nonsense_2' });
  expect(JSON.parse(await follower.line()).request_id).toBe('req_nonsense_2');
});

test('continues when the log is capped, the server restarts, or the state is created again', async () => {
  const directory = temporaryDirectory();
  let server = await testServer({}, directory);
  await server.post(server.mint().token, { 'x-request-id': 'req_number_1' });
  await using follower = follow(server, 'callbacks', '--json');
  const requestId = async () => JSON.parse(await follower.line()).request_id;
  expect(await requestId()).toBe('req_number_1');

  execute(attemptsPath(server.paths.database), 'DELETE FROM callback_attempts');
  await server.post(server.mint().token, { 'x-request-id': 'req_number_2' });
  expect(await requestId()).toBe('req_number_2');

  server = await server.restart();
  await server.post(server.mint().token, { 'x-request-id': 'req_number_3' });
  expect(await requestId()).toBe('req_number_3');

  server.users.close();
  await server.running.stop();
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${attemptsPath(server.paths.database)}${suffix}`, { force: true });
  server = await testServer({}, directory);
  await server.post(server.mint().token, { 'x-request-id': 'req_number_4' });
  expect(await requestId()).toBe('req_number_4');
  await server[Symbol.asyncDispose]();
});

test('ends quietly when its stdout is closed', async () => {
  await using server = await testServer();
  await using follower = follow(server, 'callbacks', '--json');
  await server.post(server.mint().token);
  await follower.line();
  follower.child.stdout?.destroy();
  const ended = once(follower.child, 'close');
  const posting = (async () => {
    while (follower.child.exitCode === null) await server.post(server.mint().token);
  })();
  expect(await ended).toEqual([0, null]);
  await posting;
});

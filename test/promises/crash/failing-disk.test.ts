/** The disk refuses what SQLite asks of it, from outside and with real error codes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { RunOptions } from '../../support/binary.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { codeFor, exchange, refresh } from '../../support/sign-in.ts';
import { emptyState, expectSound, post, type State, serve, signInsOf } from './state.ts';
import { CAN_TRACE, callsIn, failingFrom, tracing } from './strace.ts';

test.skipIf(!CAN_TRACE).each([
  ['pwrite64', 'ENOSPC', '503 storage_full'],
  ['pwrite64', 'EIO', '503 database_io'],
  ['fsync', 'EIO', '503 database_io'],
] as const)(
  'answers %s failing with %s (needs strace) as %s, loses no acknowledged answer, and recovers on a good disk',
  async (call, error, outcome) => {
    using state = emptyState();
    await stopped(state, {}); // the key and the tables are there
    const from = 1 + (await callsUntilReady(state, call));
    await using server = await serve(state, { wrapper: failingFrom({ call, number: from }, error) });
    const outcomes = [];
    for (const subject of ['user_1', 'user_2', 'user_3', 'user_1'])
      outcomes.push(await post(server.ready.callback_url, signInsOf(state, subject)[0]!));
    // One call more or less before the server is ready moves the beginning of the failures by a sign-in.
    expect(outcomes.slice(1)).toEqual([outcome, outcome, outcome]);
    expect((await fetch(`${server.ready.url}/healthz`)).status).toBe(200);
    expect(await server.stop()).toBe(0);
    expect(server.stderr()).not.toMatch(/^ +at /m);
    await expectSound(state);
  },
);

test.skipIf(!CAN_TRACE).each([
  ['pwrite64', 'ENOSPC'],
  ['pwrite64', 'EIO'],
  ['pwrite64', 'EROFS'],
] as const)('%s failing with %s (needs strace) spends neither a code nor a refresh token', async (call, error) => {
  using state = emptyState();
  const given = await (async () => {
    await using server = await serve(state);
    const { url } = server.ready;
    const { body } = await exchange(url, await codeFor(url));
    const code = await codeFor(url);
    await server.stop();
    return { code, token: body.refresh_token as string };
  })();
  const from = 1 + (await callsUntilReady(state, call));
  await using server = await serve(state, { wrapper: failingFrom({ call, number: from }, error) });
  for (const answer of [await exchange(server.ready.url, given.code), await refresh(server.ready.url, given.token)]) {
    expect(answer).toMatchObject({ status: 503, body: { message: expect.any(String), code: expect.any(String) } });
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
  }
  expect(await server.stop()).toBe(0);
  await using good = await serve(state);
  expect((await exchange(good.ready.url, given.code)).status).toBe(200);
  expect((await refresh(good.ready.url, given.token)).status).toBe(200);
});

async function stopped(state: State, options: RunOptions): Promise<void> {
  await using server = await serve(state, options);
  await server.stop();
}

async function callsUntilReady(state: State, call: string): Promise<number> {
  using directory = temporaryDirectory();
  using copy = state.copy();
  const file = join(directory.path, 'trace');
  await using server = await serve(copy, { wrapper: tracing(file) });
  const calls = callsIn(readFileSync(file, 'utf8'));
  await server.stop();
  return Math.max(0, ...calls.filter((each) => each.call === call).map(({ number }) => number));
}

import { describe, expect, test } from 'vitest';
import type { TestServer } from '../../support/server.ts';
import { foreignWorkos, text } from './foreign-workos.ts';

const workos = foreignWorkos();
const down = text('', 500);
const inSequence = async (server: TestServer, tokens: readonly string[]) => {
  const outcomes: unknown[] = [];
  for (const token of tokens) {
    const { status, body } = await server.post(token);
    outcomes.push(body.error?.reason ?? status);
  }
  return outcomes;
};
const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);

describe('a JWKS', () => {
  test('is fetched once for many callbacks, even if the first ones arrive together', async () => {
    await using server = await workos.server();
    const answers = await Promise.all(times(20, () => server.post(server.mint().token)));
    expect(answers.map(({ status }) => status)).toEqual(times(20, () => 200));
    expect(
      await inSequence(
        server,
        times(20, () => server.mint().token),
      ),
    ).toEqual(times(20, () => 200));
    expect(workos.fetchesOf('jwks')).toBe(1);
  });

  test('is requested once per second while down, and used once it is back', async () => {
    await using server = await workos.server();
    workos.keys = down;
    const tokens = times(20, () => server.mint().token);
    const started = performance.now();
    expect(await inSequence(server, tokens)).toEqual(times(20, () => 'jwks_unavailable'));
    await Promise.all(tokens.map((token) => server.post(token)));
    const seconds = (performance.now() - started) / 1000;
    expect(workos.fetchesOf('jwks')).toBeLessThanOrEqual(1 + Math.floor(seconds));
    workos.keys = undefined;
    await expect.poll(() => inSequence(server, tokens.slice(0, 1))).toEqual([200]);
  });

  test('may go down after its keys were fetched', async () => {
    await using server = await workos.server();
    expect(await inSequence(server, [server.mint().token])).toEqual([200]);
    workos.keys = down;
    expect(
      await inSequence(
        server,
        times(10, () => server.mint().token),
      ),
    ).toEqual(times(10, () => 200));
    expect(workos.fetchesOf('jwks')).toBe(1);
  });

  test('keeps its keys when a reload fails', async () => {
    await using server = await workos.server();
    expect(await inSequence(server, [server.mint().token])).toEqual([200]);
    workos.keys = down;
    await expect(server.running.reloadKeys()).rejects.toMatchObject({ reason: 'jwks_unavailable' });
    expect(await inSequence(server, [server.mint().token])).toEqual([200]);
  });

  test('is used no longer than --jwks-max-age, then causes 503, not 401', async () => {
    await using server = await workos.server({ 'jwks-max-age': '1s' });
    expect(await inSequence(server, [server.mint().token])).toEqual([200]);
    workos.keys = down;
    await expect.poll(() => inSequence(server, [server.mint().token])).toEqual(['jwks_unavailable']);
    workos.keys = undefined;
    await expect.poll(() => inSequence(server, [server.mint().token])).toEqual([200]);
  });
});

describe('unknown key ids', () => {
  test('cause one fetch per cooldown, however many they are', async () => {
    await using server = await workos.server();
    expect(await inSequence(server, [server.mint().token])).toEqual([200]);
    const unknown = times(50, () => server.mint({ faults: ['kid-unknown'] }).token);
    const started = performance.now();
    expect(await inSequence(server, unknown)).toEqual(times(50, () => 'kid_unknown'));
    const cooldowns = Math.floor((performance.now() - started) / 5000);
    expect(workos.fetchesOf('jwks')).toBeLessThanOrEqual(1 + cooldowns);
  });

  test('do not block valid tokens', async () => {
    await using server = await workos.server();
    const mixed = times(10, () => [server.mint({ faults: ['kid-unknown'] }).token, server.mint().token]).flat();
    expect(await inSequence(server, mixed)).toEqual(times(10, () => ['kid_unknown', 200]).flat());
  });

  test('are accepted after a reload once published, despite the cooldown', async () => {
    await using server = await workos.server();
    expect(await inSequence(server, [server.mint().token])).toEqual([200]);
    await server.keyring.rotate(Date.now());
    const { token } = server.mint();
    expect(await inSequence(server, [token])).toEqual(['kid_unknown']);
    await server.running.reloadKeys();
    expect(await inSequence(server, [token])).toEqual([200]);
  });
});

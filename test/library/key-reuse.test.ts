/** Signing keys go on from server to server: the second start of a suite makes none. */
import { describe, expect, test } from 'vitest';
import { playWorkos } from '../../src/library/msw.ts';
import { startServer } from '../../src/library/testing.ts';
import type { TestServer } from '../../src/library/types.ts';
import { temporaryDirectory } from '../support/directory.ts';

const kidOf = (server: Pick<TestServer, 'mint'>) => String(server.mint().header.kid);

describe('signing keys', () => {
  test('of servers that run one after the other are one key', async () => {
    const kids = new Set<string>();
    for (let started = 0; started < 5; started++) {
      await using server = await startServer();
      kids.add(kidOf(server));
    }
    expect(kids.size).toBe(1);
  });

  test('of servers that run at once differ, and none trusts the tokens of another one', async () => {
    const servers = await Promise.all(Array.from({ length: 4 }, () => startServer()));
    const kids = servers.map(kidOf);
    expect(new Set(kids).size).toBe(4);
    const [one, other] = servers as [TestServer, TestServer];
    const headers = { authorization: `Bearer ${one.mint().token}` };
    const answer = await fetch(other.callbackUrl, { method: 'POST', headers });
    expect(await answer.json()).toMatchObject({ error: { reason: 'kid_unknown' } });
    await Promise.all(servers.map((server) => server.stop()));
    const again = await Promise.all(Array.from({ length: 4 }, () => startServer()));
    expect(again.map(kidOf).sort()).toEqual(kids.sort());
    await Promise.all(again.map((server) => server.stop()));
  });

  test('that a server rotated in serve the next ones, published and without a retirement', async () => {
    const made = new Set<string>();
    for (let round = 0; round < 3; round++) {
      await using server = await startServer();
      const first = kidOf(server);
      made.add(first);
      made.add(await server.rotateKeys());
      await server.retireKey(first);
      await server.reset();
      expect(kidOf(server)).toBe(first);
      expect([...made]).toContain(await server.rotateKeys()); // the one that the reset gave back
    }
    expect(made.size).toBe(2);
  });

  test('of a played WorkOS are reused as well', async () => {
    const first = await playWorkos();
    const kid = kidOf(first);
    const second = await playWorkos();
    expect(kidOf(second)).not.toBe(kid);
    first[Symbol.dispose]();
    using third = await playWorkos();
    expect(kidOf(third)).toBe(kid);
    second[Symbol.dispose]();
  });

  test('of a state directory that stays are its own', async () => {
    using directory = temporaryDirectory();
    await using lasting = await startServer({ stateDirectory: directory.path });
    const kid = kidOf(lasting);
    await lasting.stop();
    await using server = await startServer();
    expect(kidOf(server)).not.toBe(kid);
  });

  test('of a server that did not start go back', async () => {
    const seen = new Set<string>();
    for (let tried = 0; tried < 3; tried++) {
      await expect(startServer({ settings: { seed: '/no/such/seed.yaml' } })).rejects.toThrow('seed');
      await using server = await startServer();
      seen.add(kidOf(server));
    }
    expect(seen.size).toBe(1);
  });
});

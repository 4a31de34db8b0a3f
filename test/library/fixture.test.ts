/** `agent-paste/vitest` and the fixture for other runners. */
import { describe, expect, test as plain } from 'vitest';
import { serverFixture } from '../../src/library/fixture.ts';
import type { TestServer } from '../../src/library/types.ts';
import { test } from '../../src/library/vitest.ts';

const post = (server: TestServer, token: string) =>
  fetch(server.callbackUrl, { method: 'POST', headers: { authorization: `Bearer ${token}` } });

const urls: string[] = [];

describe('the test of agent-paste/vitest', () => {
  test('has a server, and the matchers', async ({ agentPaste }) => {
    urls.push(agentPaste.url);
    const { token } = agentPaste.mint({ email: 'ada@example.com' });
    const first = await post(agentPaste, token);
    await expect(await post(agentPaste, token)).toBeReplayOf(first);
    await expect(agentPaste).toHaveProvisioned('ada@example.com');
    await expect(await post(agentPaste, agentPaste.mint({ faults: ['expired'] }).token)).toBeRefusedFor('expired');
    await expect(agentPaste).not.toHaveProvisioned('bob@example.com');
    await expect(async () => expect(first).toBeRefusedFor('expired')).rejects.toThrow('expected a refusal for expired');
  });

  test('has another one in each test, and stops the earlier ones', async ({ agentPaste }) => {
    expect(await agentPaste.inspect('members')).toEqual([]);
    await expect(fetch(`${urls[0]}/healthz`)).rejects.toThrow(TypeError);
  });
});

describe('serverFixture', () => {
  plain('stops the server also where the test fails', async () => {
    let used: TestServer | undefined;
    const run = serverFixture({ settings: { 'idempotency-ttl': '1h' } })({}, async (server) => {
      used = server;
      expect((await post(server, server.mint().token)).status).toBe(200);
      throw new Error('of the test');
    });
    await expect(run).rejects.toThrow('of the test');
    expect(() => used?.mint()).toThrow('was stopped');
  });

  plain('names the needed fixtures in its text, as runners read it', () => {
    expect(serverFixture().toString()).toMatch(/^async \(\{\s*\}, \w+\) =>/);
  });

  plain('has its options judged', async () => {
    await expect(serverFixture({ setings: {} } as object)({}, async () => undefined)).rejects.toThrow(
      'unknown option "setings" (did you mean settings?)',
    );
  });
});

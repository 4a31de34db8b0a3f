/** A client of the callback API, tested against a real server in the same process. */
import { startServer } from 'agent-paste/testing';
import { expect, test } from 'vitest';

function signIn(url: string, token: string): Promise<Response> {
  return fetch(url, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
}

test('a first sign-in brings a key, and the same token brings the same answer', async () => {
  await using server = await startServer();
  const { token } = server.mint({ email: 'ada@example.com' });

  const first = await signIn(server.callbackUrl, token);
  const again = await signIn(server.callbackUrl, token);

  const text = await first.text();
  expect(JSON.parse(text).default_api_key.secret).toMatch(/^ap_pk_preview_/);
  expect(await again.text()).toBe(text);
  expect(again.headers.get('idempotency-replayed')).toBe('true');
  expect(await server.inspect('members')).toMatchObject([{ email: 'ada@example.com' }]);
  expect((await server.inspect('callbacks')).map(({ outcome }) => outcome)).toEqual(['replayed', 'provisioned']);
});

test('a token of yesterday is refused, and leaves nothing', async () => {
  await using server = await startServer();
  const { token, expected } = server.mint({ email: 'ada@example.com', faults: ['expired'] });

  const answer = await signIn(server.callbackUrl, token);

  expect(answer.status).toBe(expected.status);
  expect((await answer.json()).error.reason).toBe(expected.reason);
  expect(await server.inspect('members')).toEqual([]);
});

test('a record that has expired is no replay any more', async () => {
  let now = Date.now();
  await using server = await startServer({ now: () => now, settings: { 'idempotency-ttl': '10m' } });
  const request = { email: 'ada@example.com', jti: 'jti_1', expiresIn: 3600 };

  await signIn(server.callbackUrl, server.mint(request).token);
  now += 2 * 3_600_000;
  const later = await signIn(server.callbackUrl, server.mint(request).token);

  expect((await later.json()).default_api_key).toBeNull();
});

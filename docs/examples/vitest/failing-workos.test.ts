/** What an API does when WorkOS fails, or changes its keys. */
import { playWorkos } from 'agent-paste/msw';
import { setupServer } from 'msw/node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { emailOf } from './api.ts';

const workos = await playWorkos({ clientId: 'client_1', apiKey: 'sk_test_1' });
const network = setupServer(...workos.handlers);

beforeAll(() => network.listen({ onUnhandledFrame: 'error' }));
afterAll(() => {
  network.close();
  workos[Symbol.dispose]();
});

test('a user is not known while WorkOS limits requests, and is known afterwards', async () => {
  const { token } = workos.mint({ email: 'ada@example.com' });
  workos.fail(429, { of: 'users', times: 1, retryAfter: '2s' });
  expect(await emailOf(token, 'client_1', 'sk_test_1')).toBeUndefined();
  expect(await emailOf(token, 'client_1', 'sk_test_1')).toBe('ada@example.com');
});

test('a token of an earlier key is good until the key is retired', async () => {
  const { token, header } = workos.mint({ email: 'bob@example.com' });
  await workos.rotateKeys();
  expect(await emailOf(token, 'client_1', 'sk_test_1')).toBe('bob@example.com');
  workos.retireKey(String(header.kid));
  expect(await emailOf(token, 'client_1', 'sk_test_1')).toBeUndefined();
});

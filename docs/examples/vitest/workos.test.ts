/** A test of an API without WorkOS: its requests to WorkOS are answered in this process. */
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

test('a user is known by a token', async () => {
  const { token } = workos.mint({ email: 'ada@example.com' });
  expect(await emailOf(token, 'client_1', 'sk_test_1')).toBe('ada@example.com');
});

test('a token of another key is nobody', async () => {
  const { token } = workos.mint({ email: 'ada@example.com', faults: ['signature-bit'] });
  expect(await emailOf(token, 'client_1', 'sk_test_1')).toBeUndefined();
});

test('a user who was removed is nobody', async () => {
  const { id } = workos.addUser({ email: 'bob@example.com' });
  const { token } = workos.mint({ sub: id });
  workos.removeUser(id);
  expect(await emailOf(token, 'client_1', 'sk_test_1')).toBeUndefined();
});

test('another API key is refused', async () => {
  const { token } = workos.mint({ email: 'ada@example.com' });
  expect(await emailOf(token, 'client_1', 'sk_test_2')).toBeUndefined();
});

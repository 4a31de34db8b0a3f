import { expect, test } from 'vitest';
import { testServer } from '../../support/server.ts';

test('provisions a first sign-in, replays the same bytes for the same token, and marks a new token as seen', async () => {
  await using server = await testServer();
  const { token } = server.mint();
  const first = await server.post(token);
  expect(first.status).toBe(200);
  expect(first.body.default_api_key.secret).toMatch(/^ap_pk_preview_/);
  const again = await server.post(token);
  expect(again.bytes.equals(first.bytes)).toBe(true);
  expect(again.headers.get('idempotency-replayed')).toBe('true');
  const later = await server.post(server.mint().token);
  expect(later.body.default_api_key).toBeNull();
  expect(later.body.workspace).toEqual(first.body.workspace);
  expect(server.logged.map(({ outcome }) => outcome)).toEqual(['provisioned', 'replayed', 'seen']);
});

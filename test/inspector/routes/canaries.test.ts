/** What may reach no answer of the inspector: secrets, tokens, signatures, peppers, private keys; and text that hides. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openedInspector } from '../web/opened.ts';

const WORKOS_API_KEY = 'sk_test_canary_of_the_inspector_0123456789';

test('no answer has a secret, a token, a pepper or a private key', async () => {
  await using inspector = await openedInspector();
  const hidden = 'a\u202eb\u0007c';
  const claims = ['--claim', `note=${JSON.stringify(WORKOS_API_KEY)}`, '--claim', `name=${JSON.stringify(hidden)}`];
  const token = await inspector.mint('--email', 'ada@example.com', '--jti', 'jti_1', ...claims);
  const answer = JSON.parse(await (await inspector.post(token, { 'x-request-id': 'request_1' })).text());
  const forged = `${token.slice(0, -8)}AAAAAAAA`;
  await inspector.post(forged, { 'x-request-id': 'request_2' });
  await inspector.post(answer.default_api_key.secret, { 'x-request-id': 'request_3' });
  await inspector.written(3);
  const { items } = await inspector.json('/api/members');
  const paths = [
    ...['state', 'callbacks', 'callbacks/request_1', 'callbacks/request_2', 'callbacks/request_3', 'records'],
    ...['records/one?key=workos-jti:jti_1', 'members', `members/${items[0].id}`, 'signing-keys', 'counters'],
    ...['search?q=request', `search?q=${answer.default_api_key.secret}`, `callbacks/${token.slice(0, 200)}`],
    ...[`members/${answer.default_api_key.secret}`, 'nothing', `records/one?key=${token.slice(0, 200)}`],
  ];
  const texts = await Promise.all(paths.map(async (path) => (await inspector.fetch(`/api/${path}`)).text()));
  const all = texts.join('\n') + inspector.server.stderr();
  expect(all).toContain('ada@example.com');
  const state = readdirSync(inspector.directory, { recursive: true, encoding: 'utf8' });
  const files = state.filter((name) => /peppers\.json$|signing-keys\/.*\.json$/.test(name));
  const secrets = files.flatMap((name) => [
    ...readFileSync(join(inspector.directory, name), 'utf8').matchAll(/"(?:key|d|p|q|dp|dq|qi)": ?"([\w-]{40,})"/g),
  ]);
  expect(secrets.length).toBe(1 + 6);
  for (const [, secret = ''] of secrets) expect(all).not.toContain(secret);
  for (const part of [...token.split('.'), ...forged.split('.')]) expect(all).not.toContain(part);
  expect(all).not.toContain(answer.default_api_key.secret.slice(-43));
  expect(all).not.toContain(WORKOS_API_KEY);
  expect(all).not.toContain(inspector.key);
  expect(all).not.toMatch(/[\u202e\u0007]/);
  expect(all).toContain(String.raw`a\\u202eb\\u0007c`);
});

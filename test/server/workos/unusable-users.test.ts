/** A user whom no sign-in could work with is refused where the user would be made, in the form of WorkOS. */
import { expect, test } from 'vitest';
import { LOCAL_API_KEY } from '../../../src/machine/settings.ts';
import { testServer } from '../../support/server.ts';

const UNUSABLE: readonly object[] = [
  { email: 'a\u0000b@x.y' },
  { email: '\u0000@x.y' },
  { email: 'a\u001bb@x.y' },
  { email: 'a\u202eb@x.y' },
  { email: 'a\u200bb@x.y' },
  { email: 'a\u00a0b@x.y' },
  { email: 'a\u2028@x.y' },
  { email: 'a@b@x.y' },
  { email: ' a@x.y' },
  { email: '' },
  { email: 'ada' },
  { email: `${'a'.repeat(320)}@x.y` },
  { email: ['a@x.y'] },
  { email: { toString: 'a@x.y' } },
  { email: null },
  {},
  { email: 'a@x.y', first_name: 'A\u0000' },
  { email: 'a@x.y', last_name: 'A\nB' },
  { email: 'a@x.y', first_name: 'x'.repeat(201) },
  { email: 'a@x.y', first_name: 5 },
];

test('is 422 for each way to be unusable, and no user is added', async () => {
  await using server = await testServer();
  const post = (body: string) =>
    fetch(`${server.url}/user_management/users`, {
      method: 'POST',
      headers: { authorization: `Bearer ${LOCAL_API_KEY}`, 'content-type': 'application/json' },
      body,
    });
  const bodies = [
    ...UNUSABLE.map((body) => JSON.stringify(body)),
    '{"email":"\\ud800@b.co"}',
    '{"email":"a@b.co","first_name":"\\udc00"}',
    '{"__proto__":{"email":"a@b.co"}}',
    '[]',
    'null',
    '"a@b.co"',
    '{"email":',
  ];
  for (const body of bodies) {
    const answer = await post(body);
    expect({ body, status: answer.status, answer: await answer.json() }).toEqual({
      body,
      status: 422,
      answer: { code: 'invalid_request_parameters', message: expect.stringMatching(/must be/) },
    });
  }
  expect(server.users.list({ limit: 10 }).users).toEqual([]);
  expect(server.bugs).toEqual([]);
  expect((await post('{"email":"Ada+x@example.com","first_name":"Ada","last_name":null}')).status).toBe(201);
});

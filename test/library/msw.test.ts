/** `agent-paste/msw`: requests that never were on a socket get the answers of the server. */
import { getResponse } from 'msw';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PlayedWorkos, playWorkos } from '../../src/library/msw.ts';
import { HOSTILE_TEXTS } from '../support/hostile-texts.ts';

const USERS = 'https://api.workos.com/user_management/users';

let workos: PlayedWorkos;
beforeAll(async () => {
  workos = await playWorkos();
});
afterAll(() => workos[Symbol.dispose]());

async function ask(url: string, init: RequestInit = {}, key = 'Bearer sk_test_local') {
  const response = await getResponse(workos.handlers, new Request(url, { headers: { authorization: key }, ...init }));
  return { status: response?.status, body: (await response?.json()) as Record<string, unknown> };
}

const create = (body: RequestInit['body']) =>
  ask(USERS, { method: 'POST', body: body ?? null, ...(body instanceof ReadableStream ? { duplex: 'half' } : {}) });

test('a user is made from the body, whether its length was announced or not', async () => {
  const texts = ['one', 'two', 'three', 'four'].map((name) => `{"email":"${name}@example.com"}`);
  const [one = '', two = '', three = '', four = ''] = texts;
  for (const body of [one, Buffer.from(two), new Blob([three]), new Blob([four]).stream()])
    expect(await create(body)).toMatchObject({ status: 201, body: { object: 'user' } });
  expect((await ask(USERS)).body.data).toHaveLength(4);
});

test.each([
  ['no body', null, 422],
  ['an empty body', '', 422],
  ['no JSON', '{', 422],
  ['a list', '[]', 422],
  ['no text', '{"email":1}', 422],
  ['more than 16 KB', ' '.repeat(17_000), 413],
  ['a stream of more than 16 KB', new Blob([' '.repeat(17_000)]).stream(), 413],
])('%s is refused in the form of WorkOS', async (_, body, status) => {
  expect(await create(body)).toEqual({ status, body: { message: expect.any(String), code: expect.any(String) } });
});

test.each(Object.keys(HOSTILE_TEXTS))(
  '%s as an id, a parameter or a key is refused, or finds nothing',
  async (name) => {
    const value = encodeURIComponent(HOSTILE_TEXTS[name]?.toWellFormed() ?? '');
    const parameters = ['email', 'limit', 'after', 'before', 'order'].map((each) => `${USERS}?${each}=${value}`);
    for (const url of [...(value === '..' ? [] : [`${USERS}/x${value}`]), ...parameters])
      expect([200, 404, 422], url).toContain((await ask(url)).status);
    expect((await ask(USERS, {}, `Bearer ${value}`)).status).toBe(401);
  },
);

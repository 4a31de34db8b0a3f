/** Codes and refresh tokens in two processes on one file: one use of a code, one successor of a token. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { query } from '../../support/database.ts';
import { type Fleet, fleet } from '../../support/fleet.ts';
import { codeFor, exchange, refresh } from '../../support/sign-in.ts';

let two: Fleet;
beforeAll(async () => {
  two = await fleet(2);
});
afterAll(() => two[Symbol.asyncDispose]());

const url = (index: number) => two.servers[index % 2]?.ready.url ?? '';
const twenty = <T>(ask: (base: string) => Promise<T>) =>
  Promise.all(Array.from({ length: 20 }, (_, index) => ask(url(index))));
const count = (sql: string) => query(two.paths.users, sql)[0]?.n;

test('of twenty exchanges of one code at once, one succeeds', async () => {
  const code = await codeFor(url(0), 'once@example.com');
  const answers = await twenty((base) => exchange(base, code));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(answers.filter(({ body }) => body.error === 'invalid_grant')).toHaveLength(19);
  expect(
    count("SELECT count(*) AS n FROM sessions s JOIN users u ON u.id = user_id WHERE email = 'once@example.com'"),
  ).toBe(1);
});

test('of twenty refreshes of one token at once, all get the same bytes', async () => {
  const { body } = await exchange(url(0), await codeFor(url(1), 'twenty@example.com'));
  const before = Number(count('SELECT count(*) AS n FROM refresh_tokens'));
  const answers = await twenty((base) => refresh(base, body.refresh_token));
  expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
  expect(answers[0]?.status).toBe(200);
  expect(count('SELECT count(*) AS n FROM refresh_tokens')).toBe(before + 1);
});

test('three requests of one page with an expired token sign no user out', async () => {
  let { refresh_token } = (await exchange(url(0), await codeFor(url(0), 'page@example.com'))).body;
  for (let round = 0; round < 5; round++) {
    const answers = await Promise.all([0, 1, 2].map((index) => refresh(url(index), refresh_token)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    refresh_token = answers[2]?.body.refresh_token;
  }
});

test('of twenty first sign-ins of one address at once, one makes the user', async () => {
  const codes = await twenty((base) => codeFor(base, 'first@example.com'));
  expect(new Set(codes).size).toBe(20);
  expect(count("SELECT count(*) AS n FROM users WHERE email = 'first@example.com'")).toBe(1);
});

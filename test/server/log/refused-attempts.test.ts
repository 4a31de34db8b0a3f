/** A flood of refused callbacks, and the sign-ins beside it. */
import { expect, test } from 'vitest';
import { attemptsPath } from '../../../src/store/sqlite/attempt-log.ts';
import { query } from '../../support/database.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { testServer } from '../../support/server.ts';

const ROWS = 1000;

test.each([
  ['without a token', undefined],
  ['with a text that is not a token', 'x'],
  ['with an expired token', 'expired'],
])('refused callbacks %s beyond a thousand share one row, and every sign-in has its own', async (_, kind) => {
  using directory = temporaryDirectory();
  const server = await testServer({}, { path: directory.path, [Symbol.dispose]: () => undefined });
  const { token: good } = server.mint({ email: 'ada@example.com' });
  const bad = kind === 'expired' ? server.mint({ email: 'ada@example.com', faults: ['expired'] } as never).token : kind;
  expect((await server.post(good)).status).toBe(200);
  for (let sent = 0; sent < ROWS + 60; sent += 20) {
    const answers = await Promise.all(Array.from({ length: 20 }, () => server.post(bad)));
    expect(answers.every(({ status }) => status === 401)).toBe(true);
  }
  expect((await server.post(good)).status).toBe(200);
  await server[Symbol.asyncDispose]();
  const rows = query(
    attemptsPath(server.paths.database),
    'SELECT outcome, received FROM callback_attempts ORDER BY id',
  );
  const outcomes = Map.groupBy(rows, ({ outcome }) => outcome);
  expect(outcomes.get('refused')).toHaveLength(ROWS + 1);
  expect(outcomes.get('refused')?.at(-1)?.received).toBe('the last of 60 refused callbacks within a minute');
  expect([outcomes.get('provisioned')?.length, outcomes.get('replayed')?.length]).toEqual([1, 1]);
  expect(server.warnings).toContain('60 refused callbacks share one row in the log of callback attempts');
});

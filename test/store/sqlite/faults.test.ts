import { expect, test } from 'vitest';
import { ApiError } from '../../../src/errors/api-error.ts';
import { Failure } from '../../../src/errors/failure.ts';
import { asFailure, asOutage, isBusy, isOutage } from '../../../src/store/sqlite/file/errors.ts';

const sqlite = (errcode: unknown) => Object.assign(new Error('SQLite says no'), { errcode });

test.each([
  [5, 'database_busy', 'state_locked'],
  [6, 'database_busy', 'state_locked'],
  [517, 'database_busy', 'state_locked'],
  [8, 'database_io', 'state_unwritable'],
  [10, 'database_io', 'state_unwritable'],
  [778, 'database_io', 'state_unwritable'],
  [4874, 'database_io', 'state_unwritable'],
  [11, 'database_corrupt', 'state_corrupt'],
  [13, 'storage_full', 'state_unwritable'],
  [14, 'database_io', 'state_unwritable'],
  [26, 'database_corrupt', 'state_corrupt'],
])('SQLite code %i is %s while serving and %s while opening', (errcode, reason, code) => {
  const error = sqlite(errcode);
  expect([isBusy(error), isOutage(error)]).toEqual([reason === 'database_busy', true]);
  const outage = asOutage(error) as ApiError;
  expect(outage).toBeInstanceOf(ApiError);
  expect(outage.reason).toBe(reason);
  expect(outage.detail).toMatchObject({ retryAfter: 1, cause: error });
  expect(outage.detail.received).toContain(String(errcode));
  const failure = asFailure(error, 'x.db') as Failure;
  expect(failure).toBeInstanceOf(Failure);
  expect([failure.code, failure.cause]).toEqual([code, error]);
  expect(failure.message).toContain('x.db');
  expect(failure.message).toContain('SQLite says no');
  expect(failure.hint).toMatch(/\S/);
});

test('treats a constraint failure as a bug while serving, and as a damaged schema while opening', () => {
  const error = sqlite(2067);
  expect([isBusy(error), isOutage(error), asOutage(error)]).toEqual([false, false, error]);
  expect((asFailure(error, 'x.db') as Failure).code).toBe('state_corrupt');
  expect((asFailure(error, 'x.db') as Failure).hint).toMatch(/\S/);
});

test.each([
  ['an error', new Error('oops')],
  ['an error with a code as text', sqlite('5')],
  ['an object with a code', { errcode: 5 }],
  ['nothing', undefined],
  ['null', null],
  ['a text', 'errcode'],
])('%s is none of SQLite, and stays what it is', (_, error) => {
  expect([isBusy(error), isOutage(error), asOutage(error)]).toEqual([false, false, error]);
  expect(asFailure(error, 'x.db')).toBe(error);
});

test("repeats the system's message for a file system error while opening", () => {
  const error = Object.assign(new Error("EACCES: permission denied, open 'x.db'"), { code: 'EACCES', syscall: 'open' });
  const failure = asFailure(error, 'x.db') as Failure;
  expect([failure.code, failure.cause]).toEqual(['state_unwritable', error]);
  expect(failure.message).toContain('x.db');
  expect(failure.message).toContain('permission denied (EACCES)');
  expect(failure.hint).toMatch(/\S/);
  expect(asOutage(error)).toBe(error);
});

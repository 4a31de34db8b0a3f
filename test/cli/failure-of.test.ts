import { rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { failureOf } from '../../src/cli/failure-of.ts';
import { refusal } from '../../src/errors/api-error.ts';
import type { FailureCode } from '../../src/errors/failure.ts';
import type { Reason } from '../../src/errors/reasons.ts';
import { command } from '../support/command.ts';
import { temporaryDirectory } from '../support/directory.ts';
import { lockElsewhere } from '../support/lock-holder.ts';

test.each<[Reason, FailureCode]>([
  ['database_busy', 'state_locked'],
  ['database_corrupt', 'state_corrupt'],
  ['record_unreadable', 'state_corrupt'],
  ['database_io', 'state_unwritable'],
  ['storage_full', 'state_unwritable'],
  ['database_replaced', 'state_unwritable'],
])('%s ends a command as %s, with its remedy', (reason, code) => {
  const failure = failureOf(refusal(reason));
  expect(failure).toMatchObject({ code, exitCode: 7 });
  expect(failure.hint).toMatch(/\.$/);
});

function thrown(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('it did not fail');
}

test.each([
  ['a name that is too long', () => statSync('x'.repeat(3000)), /name too long \(ENAMETOOLONG\)/],
  [
    'a path below a file',
    () => statSync('/etc/passwd/x'),
    /^cannot use \/etc\/passwd\/x: not a directory \(ENOTDIR\)$/,
  ],
  ['a directory in place of a file', () => rmSync('/proc'), /^cannot use \/proc: .*EISDIR/],
  ['a missing file', () => statSync('/no/such/file'), /^cannot use \/no\/such\/file: no such file or directory/],
])('%s is a state that cannot be used, and no bug', (_, work, message) => {
  expect(failureOf(thrown(work))).toMatchObject({ code: 'state_unwritable', message: expect.stringMatching(message) });
});

test('a connection that is refused is a target that is unreachable', async () => {
  const error = await new Promise((resolve) => connect(1, '127.0.0.1').once('error', resolve));
  expect(failureOf(error)).toMatchObject({ code: 'unreachable', exitCode: 3 });
});

test.each([
  ['a mistake of the program', new TypeError('x is not a function')],
  [
    'a wrong descriptor',
    Object.assign(new Error('EBADF: bad file descriptor, read'), { code: 'EBADF', syscall: 'read' }),
  ],
  ['a wrong argument of Node', Object.assign(new TypeError('x'), { code: 'ERR_INVALID_ARG_TYPE' })],
  ['something that is no error', 'x'],
])('%s is a bug', (_, error) => {
  expect(failureOf(error)).toMatchObject({ code: 'bug', exitCode: 70 });
});

test.each([
  ['users', 'add', 'ada@example.com'],
  ['users', 'remove', 'grace@example.com'],
  ['mint', '--email', 'linus@example.com'],
])('`%s %s %s` waits for the users, and then names their file and the remedy', async (...args) => {
  using directory = temporaryDirectory();
  const options = { cwd: directory.path };
  await command(['users', 'add', 'grace@example.com'], options);
  await using _ = await lockElsewhere(join(directory.path, '.agent-paste', 'workos-users.db'), 60_000);
  const { code, stdout, stderr } = await command(args, options);
  expect({ code, stdout }).toEqual({ code: 7, stdout: '' });
  expect(stderr).toMatch(
    /^error: the database stayed locked for too long: SQLite code 5 of \S+workos-users\.db\nTry again; /,
  );
});

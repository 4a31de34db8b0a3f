import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { printable } from '../../../src/errors/foreign-text.ts';
import { statePaths } from '../../../src/machine/state-directory.ts';
import { attemptsPath } from '../../../src/store/sqlite/attempt-log.ts';
import { openKeyring } from '../../../src/workos/keys/keyring.ts';
import { serverProcess } from '../../support/binary.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { forgedBy } from './forged.ts';

/** Key ids and subjects that would break a line, colour a terminal, turn text around or fill a log. */
const NASTY = [
  '\u001b[31mred',
  'x\r\n2026-01-01 accepted',
  'x\u202edetpecca',
  '\u009b31mred',
  'x\u2028y\u2029z',
  'x\u{e0041}y',
  '\ud800',
  '\u001b'.repeat(255),
  '\u0000'.repeat(255),
];
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

test.each(['pretty', 'json'])('99, 100, 146: logs every refusal as one printable line under --log %s', async (form) => {
  using directory = temporaryDirectory();
  await using server = await serverProcess(['--state-dir', directory.path, '--log', form]);
  const { privateKey, kid } = openKeyring(statePaths(directory.path).signingKeys).signingKey();
  const tokens = NASTY.flatMap((text) => [
    forgedBy(privateKey, { alg: 'RS256', kid: text }, { sub: 'user_1' }),
    forgedBy(privateKey, { alg: 'RS256', kid }, { ...claimsFor(server.ready), sub: text }),
  ]);
  const reasons: unknown[] = [];
  for (const [index, token] of tokens.entries()) {
    const answer = await fetch(server.ready.callback_url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'x-request-id': `request-${index}-end` },
    });
    reasons.push(((await answer.json()) as { error: { reason: string } }).error.reason);
  }
  expect(new Set(reasons)).toEqual(new Set(['kid_unknown', 'bad_sub']));
  expect(await server.stop()).toBe(0);

  const lines = server
    .stderr()
    .split('\n')
    .filter((line) => line.includes('/v1/auth/web/callback'));
  expect(lines.filter((line) => UNPRINTABLE.test(line))).toEqual([]);
  expect(lines.map((line) => reasons.find((reason) => line.includes(String(reason))))).toEqual(reasons);
  if (form === 'json') {
    const ids = lines.map((line) => JSON.parse(line).request_id);
    expect(ids).toEqual(tokens.map((_, index) => `request-${index}-end`));
  }

  const attempts = new DatabaseSync(attemptsPath(server.ready.db), { readOnly: true });
  const received = attempts.prepare('SELECT received FROM callback_attempts ORDER BY id').all();
  await attempts.close();
  expect(received.length).toBe(tokens.length);
  expect(received.filter((row) => UNPRINTABLE.test(String(row.received)))).toEqual([]);
});

function claimsFor({ issuer, client_id }: { readonly issuer: string; readonly client_id: string }): object {
  return { iss: issuer, client_id, exp: 4_000_000_000, jti: 'jti_1' };
}

test('cuts foreign text to the limit of a log line and a column, escapes included', () => {
  expect(printable('\u001b[31m\u202e\u{e0041}')).toBe('\\u001b[31m\\u202e\\udb40\\udc41');
  for (const text of ['x'.repeat(10_000), '\u001b'.repeat(255), '\u{e0041}'.repeat(199)]) {
    expect(printable(text).length).toBeLessThanOrEqual(201);
  }
});

/** A flood of refused callbacks shares rows; every reader of the log is told how many they stand for. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { limitRefusedAttempts } from '../../../../src/server/log/refused-attempts.ts';
import type { Attempt } from '../../../../src/store/attempt-log.ts';
import { attemptsPath, openAttemptLog } from '../../../../src/store/sqlite/attempt-log.ts';
import { command } from '../../../support/command.ts';
import { type TestServer, testServer } from '../../../support/server.ts';
import { UNCLAIMED } from '../../../support/store.ts';

const ROWS = 1000;

let server: TestServer;

beforeAll(async () => {
  server = await testServer();
  await server.post(server.mint({ email: 'ada@example.com' }).token);
  await server.running.flushLog();
  const log = openAttemptLog({
    path: attemptsPath(server.paths.database),
    onWarning: (text) => server.bugs.push(text),
  });
  const [known, unknown] = [flood('expired', 'user_ada'), flood('malformed_token', null)];
  for (const [rows, attempt] of [
    [ROWS + 2500, known],
    [ROWS + 41, unknown],
  ] as const) {
    const limited = limitRefusedAttempts(log.record, () => undefined);
    for (let n = 0; n < rows; n++) limited.record(attempt);
    limited.close();
  }
  await log.close();
});

afterAll(() => server[Symbol.asyncDispose]());

function flood(reason: string, subject: string | null): Attempt {
  return {
    ...{ at: '2026-03-03T12:00:00.000Z', request_id: `req_of_${reason}`, status: 401, outcome: 'refused' },
    ...{ reason, issuer: null, subject, session_id: null, idempotency_key: null, milliseconds: 1 },
    ...UNCLAIMED,
    ...{ expected: '3 parts', received: 'the last of 7 refused callbacks within a minute' }, // as a sender may write
  };
}

async function shown(...args: string[]): Promise<string> {
  const { stdout } = await command([...args, '--state-dir', server.paths.directory]);
  return stdout;
}

describe('the rows that stand for a flood', () => {
  test('say in lists for how many', async () => {
    const lines = (await shown('inspect', 'callbacks', '--limit', '10000')).split('\n');
    expect(lines.filter((line) => line.includes(' × refused '))).toEqual([
      expect.stringContaining('41 × refused malformed'),
      expect.stringContaining('2500 × refused expired'),
    ]);
    const of = (text: string) => text.trim().split('\n').length;
    expect(of(await shown('inspect', 'callbacks', '--reason', 'expired', '--limit', '10000'))).toBe(ROWS + 2);
  });

  test('carry the number in JSON, NDJSON and CSV', async () => {
    const args = ['inspect', 'callbacks', '--outcome', 'refused', '--limit', '10000'];
    const { items } = JSON.parse(await shown(...args, '--json'));
    expect(items.filter((item: { callbacks: number }) => item.callbacks !== 1)).toEqual([
      expect.objectContaining({ callbacks: 41, reason: 'malformed_token' }),
      expect.objectContaining({ callbacks: 2500, reason: 'expired', subject: 'user_ada' }),
    ]);
    const rows = (await shown(...args, '--format', 'ndjson')).trim().split('\n');
    expect(rows.reduce((sum, row) => sum + JSON.parse(row).callbacks, 0)).toBe(2 * ROWS + 2541);
    const csv = (await shown(...args, '--format', 'csv')).trim().split('\r\n');
    expect(csv[0]?.split(',').at(-1)).toBe('callbacks');
    expect(csv.filter((row) => row.endsWith(',2500'))).toHaveLength(1);
  });

  test('count for what they stand for', async () => {
    for (const [by, values] of [
      ['reason', { expired: ROWS + 2500, malformed_token: ROWS + 41 }],
      ['outcome', { refused: 2 * ROWS + 2541, provisioned: 1 }],
      ['user', { user_ada: ROWS, null: ROWS + 2541 }], // such a row has the user of the last one only
    ] as const) {
      const { items, callbacks } = JSON.parse(await shown('inspect', 'callbacks', '--by', by, '--json'));
      const counted = items.map(({ value, callbacks: each }: Record<string, unknown>) => [value, each]);
      expect(Object.fromEntries(counted)).toMatchObject(values);
      expect(callbacks).toBe(2 * ROWS + 2541 + 1);
    }
  });

  test('are explained on their page', async () => {
    const page = await shown('inspect', 'callback', 'req_of_malformed_token', '--limit', '1');
    expect(page).toContain('41 × refused malformed_token');
    expect(page).toContain('the last of 41 refused callbacks within a minute');
  });

  test('are a warning of doctor, and no error', async () => {
    const { findings } = JSON.parse(await shown('doctor', '--json', '--port', '0'));
    expect(findings.find(({ code }: { code: string }) => code === 'callback_log')).toEqual({
      code: 'callback_log',
      severity: 'warning',
      message: expect.stringMatching(/: 2541 refused callbacks share 2 rows, the last at 2026-03-03T12:00:00.000Z$/),
      remedy: expect.stringContaining('inspect callbacks --outcome refused'),
    });
  });
});

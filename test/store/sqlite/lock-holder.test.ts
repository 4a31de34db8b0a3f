/** Another process that holds the write lock and does not move: stopped, then killed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { counts, ONE_SIGN_IN } from '../../support/database.ts';
import { temporaryDirectory } from '../../support/directory.ts';
import { testServer } from '../../support/server.ts';
import { heard } from '../../support/shell.ts';

const HOLDER = `
  const { DatabaseSync } = require('node:sqlite');
  new DatabaseSync(process.argv[1]).exec("BEGIN IMMEDIATE; DELETE FROM operation_events");
  console.log('held');
  setInterval(() => undefined, 60_000);`;

test.skipIf(process.platform === 'win32')(
  'answers 503 database_busy while the lock holder is stopped, serves replays, and recovers when it is killed',
  async () => {
    await using server = await testServer({}, temporaryDirectory(), { lockBudgetMs: 1000 });
    const { token } = server.mint();
    const first = await server.post(token);
    const holder = spawn(process.execPath, ['-e', HOLDER, server.paths.database], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      await heard(holder.stdout, 'held');
      holder.kill('SIGSTOP');
      const next = server.mint({ email: 'bob@example.com' });
      const waiting = server.post(next.token);
      expect((await server.post(token)).bytes.equals(first.bytes)).toBe(true);
      const { status, headers, body } = await waiting;
      expect([status, body.error.code, body.error.reason]).toEqual([503, 'database_unavailable', 'database_busy']);
      expect(headers.get('retry-after')).toBe('1');

      holder.kill('SIGKILL');
      await once(holder, 'exit');
      expect(counts(server.paths.database)).toEqual(ONE_SIGN_IN); // and what it had begun is gone with it
      const answer = await server.post(next.token);
      expect([answer.status, answer.headers.get('idempotency-replayed')]).toEqual([200, null]);
      expect(answer.body.default_api_key.secret).toMatch(/^ap_pk_/);
    } finally {
      holder.kill('SIGKILL');
    }
  },
);
